// Certificates for one test run, made by the openssl program in a folder of their own.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace rtctl::test {

/// A certificate authority, one server certificate for localhost and 127.0.0.1, one for another
/// name, one for a client. Removed with the object.
class Certificates {
 public:
  Certificates() {
    std::string name = (std::filesystem::temp_directory_path() / "rtctl-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a folder");
    folder_ = name;
    openssl(
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-ca -keyout ca.key -out ca.crt");
    issue("server", "subjectAltName=DNS:localhost,IP:127.0.0.1");
    issue("other", "subjectAltName=DNS:other.example");
    issue("client", "extendedKeyUsage=clientAuth");
  }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;
  ~Certificates() { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& file) const { return folder_ + "/" + file; }

 private:
  void issue(const std::string& name, const std::string& extension) const {
    openssl("req -newkey rsa:2048 -nodes -subj /CN=" + name + " -keyout " + name + ".key -out " +
            name + ".csr");
    const std::string write = "printf '" + extension + "' > " + path(name + ".ext");
    if (std::system(write.c_str()) != 0) throw std::runtime_error(write);
    openssl("x509 -req -days 2 -CA ca.crt -CAkey ca.key -CAcreateserial -in " + name +
            ".csr -extfile " + name + ".ext -out " + name + ".crt");
  }
  void openssl(const std::string& arguments) const {
    const std::string command = "cd " + folder_ + " && openssl " + arguments + " 2>/dev/null";
    if (std::system(command.c_str()) != 0) throw std::runtime_error(command);
  }

  std::string folder_;
};

}  // namespace rtctl::test
