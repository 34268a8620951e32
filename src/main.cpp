#include "cli/app.hpp"

int main(int argc, char** argv) {
  return rtctl::cli::run(argc, argv);
}
