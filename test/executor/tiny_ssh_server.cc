#include "executor/tiny_ssh_server.h"

#include <libssh/libssh.h>
#include <libssh/server.h>
#include <unistd.h>

#include <cstdlib>

// Its messages are enough here, where callbacks are the newer way.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace gregale::executor {
namespace {

ssh_key MakeKey() {
  ssh_key key = nullptr;
  if (ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) != SSH_OK) std::abort();
  return key;
}

void RunCommand(ssh_channel channel, const std::string& command) {
  if (command == "hang") return;
  int status = 0;
  if (command.starts_with("exit ")) {
    status = std::atoi(command.c_str() + 5);
  } else {
    const std::string output = "ran " + command;
    ssh_channel_write(channel, output.data(), static_cast<uint32_t>(output.size()));
  }
  ssh_channel_request_send_exit_status(channel, status);
  ssh_channel_send_eof(channel);
  ssh_channel_close(channel);
}

bool Login(ssh_message message) {
  return std::string(ssh_message_auth_user(message)) == "root" &&
         ssh_message_subtype(message) == SSH_AUTH_METHOD_PASSWORD &&
         std::string(ssh_message_auth_password(message)) == "secret";
}

}  // namespace

TinySshServer::TinySshServer() : key_(MakeKey()) {}

TinySshServer::~TinySshServer() { ssh_key_free(static_cast<ssh_key>(key_)); }

void TinySshServer::Converse(int connection) {
  ssh_bind bind = ssh_bind_new();
  ssh_session session = ssh_new();
  ssh_key key = ssh_key_dup(static_cast<ssh_key>(key_));
  ssh_bind_options_set(bind, SSH_BIND_OPTIONS_IMPORT_KEY, key);  // takes it
  // The session closes its descriptor; the connection stays its server's.
  if (ssh_bind_accept_fd(bind, session, dup(connection)) == SSH_OK &&
      ssh_handle_key_exchange(session) == SSH_OK) {
    ssh_channel channel = nullptr;
    while (ssh_message message = ssh_message_get(session)) {
      const int type = ssh_message_type(message);
      if (type == SSH_REQUEST_AUTH && Login(message)) {
        ssh_message_auth_reply_success(message, 0);
      } else if (type == SSH_REQUEST_AUTH) {
        ssh_message_auth_set_methods(message, SSH_AUTH_METHOD_PASSWORD);
        ssh_message_reply_default(message);
      } else if (type == SSH_REQUEST_CHANNEL_OPEN) {
        channel = ssh_message_channel_request_open_reply_accept(message);
      } else if (type == SSH_REQUEST_CHANNEL &&
                 ssh_message_subtype(message) == SSH_CHANNEL_REQUEST_EXEC) {
        ssh_message_channel_request_reply_success(message);
        RunCommand(channel, ssh_message_channel_request_command(message));
      } else {
        ssh_message_reply_default(message);
      }
      ssh_message_free(message);
    }
  }
  ssh_disconnect(session);
  ssh_free(session);
  ssh_bind_free(bind);
}

}  // namespace gregale::executor
