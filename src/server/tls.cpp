#include "server/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace rtctl::server {
namespace {

std::string openssl_message() {
  char text[256];
  ERR_error_string_n(ERR_get_error(), text, sizeof text);
  return text;
}

/// HTTP/1.1 is all that is spoken; a client that offers only others gets no protocol and may go on.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_length,
                    const unsigned char* in, unsigned int in_length, void*) {
  static const unsigned char kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_length, kHttp11, sizeof kHttp11, in, in_length) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

Result<TlsPtr> load_tls(const std::string& certificate, const std::string& key) {
  ERR_clear_error();
  const TlsPtr context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) return fail(ErrorKind::system, "cannot set up TLS: " + openssl_message());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                         SSL_OP_CIPHER_SERVER_PREFERENCE |
                                         SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_session_id_context(context.get(), reinterpret_cast<const unsigned char*>("rtctl"), 5);
  SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1)
    return usage_error("cannot read the certificate " + certificate + ": " + openssl_message());
  if (SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) != 1)
    return usage_error("cannot read the key " + key + ": " + openssl_message());
  if (SSL_CTX_check_private_key(context.get()) != 1)
    return usage_error("the key " + key + " does not belong to the certificate " + certificate);
  return context;
}

}  // namespace rtctl::server
