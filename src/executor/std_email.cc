#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "base/error.h"
#include "base/text.h"
#include "executor/action_limits.h"
#include "executor/action_services.h"
#include "executor/known_result.h"
#include "executor/std_actions.h"

namespace gregale::executor {
namespace {

using base::Json;

bool IsPlain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

// Nothing that could begin another line or another command.
bool IsAddress(std::string_view text) {
  return !text.empty() && text.size() <= 320 && IsPlain(text) &&
         text.find_first_of("<>\"(),;:\\") == text.npos;
}

absl::StatusOr<std::vector<std::string>> Addresses(const Json& input, const char* name) {
  std::vector<std::string> addresses;
  const Json value = input.value(name, Json());
  if (value.is_null()) return addresses;
  for (const Json& item : value.is_array() ? value : Json::array({value})) {
    if (!item.is_string() || !IsAddress(item.get_ref<const std::string&>())) {
      return base::InvalidInput(name, "must be mail addresses");
    }
    addresses.push_back(item.get<std::string>());
  }
  if (addresses.size() > kRecipientsMax) {
    return base::InvalidInput(name, base::Cat("at most ", kRecipientsMax, " addresses"));
  }
  return addresses;
}

absl::StatusOr<std::string> Text(const Json& input, const char* name) {
  const Json value = input.value(name, Json());
  if (value.is_null()) return std::string();
  if (!value.is_string()) return base::InvalidInput(name, "must be a text");
  auto text = value.get<std::string>();
  if (text.size() > kRequestBytesMax) return base::InvalidInput(name, "is too long");
  return text;
}

// A header's text, as RFC 2047 wants it where it is not ASCII: in words of at most 75 bytes.
std::string HeaderText(std::string_view text) {
  constexpr size_t kWordBytes = 42;
  const bool ascii = std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
  if (ascii && text.size() < 900) return std::string(text);
  std::string encoded;
  while (!text.empty()) {
    size_t bytes = std::min(text.size(), kWordBytes);
    // A word holds whole characters.
    while (bytes > 1 && bytes < text.size() && (text[bytes] & 0xC0) == 0x80) --bytes;
    base::Append(encoded, encoded.empty() ? "" : "\r\n ", "=?utf-8?b?",
                 absl::Base64Escape(base::ToAbsl(text.substr(0, bytes))), "?=");
    text.remove_prefix(bytes);
  }
  return encoded;
}

absl::Status CheckServer(const std::string& server) {
  const bool good = !server.empty() && server.size() <= 255 && IsPlain(server) &&
                    server.find_first_of("/@?#\\") == std::string::npos;
  return good ? absl::OkStatus()
              : base::InvalidInput("smtp_server", "must be 'host' or 'host:port'");
}

void AddAddresses(std::string_view header, const std::vector<std::string>& addresses, Mail& mail) {
  if (!addresses.empty()) {
    mail.headers.push_back(base::Cat(header, ": ", base::Join(addresses, ",\r\n ")));
  }
}

absl::StatusOr<Mail> ParseMail(const Json& input) {
  Mail mail;
  GREGALE_ASSIGN_OR_RETURN(mail.server, Text(input, "smtp_server"));
  GREGALE_RETURN_IF_ERROR(CheckServer(mail.server));
  GREGALE_ASSIGN_OR_RETURN(mail.from, Text(input, "from_addr"));
  if (!IsAddress(mail.from)) return base::InvalidInput("from_addr", "must be a mail address");
  GREGALE_ASSIGN_OR_RETURN(mail.password, Text(input, "smtp_password"));
  GREGALE_ASSIGN_OR_RETURN(const auto to, Addresses(input, "to_addrs"));
  GREGALE_ASSIGN_OR_RETURN(const auto cc, Addresses(input, "cc_addrs"));
  GREGALE_ASSIGN_OR_RETURN(const auto bcc, Addresses(input, "bcc_addrs"));
  GREGALE_ASSIGN_OR_RETURN(const auto reply_to, Addresses(input, "reply_to"));
  if (to.empty()) return base::InvalidInput("to_addrs", "must be mail addresses");
  for (const auto* list : {&to, &cc, &bcc}) {
    mail.recipients.insert(mail.recipients.end(), list->begin(), list->end());
  }
  GREGALE_ASSIGN_OR_RETURN(const std::string subject, Text(input, "subject"));
  GREGALE_ASSIGN_OR_RETURN(mail.text, Text(input, "body"));
  GREGALE_ASSIGN_OR_RETURN(mail.html, Text(input, "html_body"));
  mail.headers.push_back(base::Cat("From: ", mail.from));
  AddAddresses("To", to, mail);
  AddAddresses("Cc", cc, mail);
  AddAddresses("Reply-To", reply_to, mail);
  if (!subject.empty()) mail.headers.push_back(base::Cat("Subject: ", HeaderText(subject)));
  return mail;
}

class EmailAction final : public Action {
 public:
  EmailAction(Mail mail, ActionContext context)
      : call_(std::move(context.call)), done_(std::move(context.done)) {
    mail.headers.push_back(absl::FormatTime("Date: %a, %d %b %Y %H:%M:%S +0000",
                                            context.environment.scheduler.WallNow(),
                                            absl::UTCTimeZone()));
    transfer_ = context.environment.services->transfers.Start(
        std::move(mail), kTransferTime,
        [this](const absl::StatusOr<Reply>& reply) { OnSent(reply.status()); });
  }

  absl::Status Check(const Json&) const override { return absl::OkStatus(); }
  void Update(const Json&) override {}  // too late: it was sent

 private:
  void OnSent(const absl::Status& status) {
    const auto done = std::move(done_);
    if (status.ok()) return done({.kind = ActionOutcome::Kind::kSucceeded});
    const std::string why = base::Cat("Failed to send an email message: ", status.message());
    done({.kind = ActionOutcome::Kind::kFailed, .value = RaisedText("std.email", call_, why)});
  }

  const ActionCall call_;
  std::function<void(ActionOutcome)> done_;
  std::unique_ptr<Transfers::Handle> transfer_;
};

}  // namespace

absl::Status CheckEmail(const Json& input) { return ParseMail(input).status(); }

std::unique_ptr<Action> MakeEmail(const Json& input, ActionContext context) {
  if (context.environment.services == nullptr) return CannotRun(std::move(context));
  return std::make_unique<EmailAction>(*ParseMail(input), std::move(context));
}

}  // namespace gregale::executor
