#include "executor/grpc_health_conversation.h"

#include <optional>

#include "base/limits.h"
#include "base/text.h"

namespace gregale::executor {
namespace {

// Frames of HTTP/2 (RFC 9113).
constexpr size_t kFrameHeaderBytes = 9;
constexpr size_t kFramePayloadBytesMax = 16'384;  // what a peer may send that we told nothing else
enum FrameType : uint8_t {
  kData = 0,
  kHeaders = 1,
  kResetStream = 3,
  kSettings = 4,
  kGoAway = 7,
};
enum Flag : uint8_t { kEndStream = 0x1, kEndHeaders = 0x4, kPadded = 0x8 };
constexpr char kPreface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr uint32_t kStream = 1;

// A message of gRPC has a byte for its compression and four for its length before it.
constexpr size_t kMessageHeaderBytes = 5;
constexpr size_t kMessageBytesMax = 1024;

std::string BigEndian(uint32_t number, int bytes) {
  std::string text;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    text += static_cast<char>((number >> shift) & 0xff);
  }
  return text;
}

uint32_t Number(std::string_view bytes) {
  uint32_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<uint8_t>(byte);
  return number;
}

std::string Frame(FrameType type, uint8_t flags, uint32_t stream, std::string_view payload) {
  return base::Cat(BigEndian(static_cast<uint32_t>(payload.size()), 3),
                   std::string{static_cast<char>(type), static_cast<char>(flags)},
                   BigEndian(stream, 4), payload);
}

// A header field of HPACK (RFC 7541) that is written out and in no table; the name by its place in
// the static table. All texts here are shorter than 127 bytes.
std::string Field(std::string_view name_in_table, std::string_view value) {
  return base::Cat(name_in_table, std::string(1, static_cast<char>(value.size())), value);
}

std::string HeaderBlock(std::string_view authority) {
  return base::Cat(
      "\x83"   // :method POST
      "\x86",  // :scheme http
      Field("\x04", "/grpc.health.v1.Health/Check"), Field("\x01", authority),
      Field("\x0f\x10", "application/grpc"),          // content-type
      Field("\x0f\x2b", "gregale"),                   // user-agent
      std::string_view("\0\x02te\x08trailers", 13));  // by its name
}

// HealthCheckRequest{service} of grpc.health.v1, with its header.
std::string RequestMessage(const std::string& service) {
  std::string message;
  if (!service.empty()) {
    message += '\x0a';  // field 1, bytes
    if (service.size() >= 128) {
      message += static_cast<char>(0x80 | (service.size() & 0x7f));
      message += static_cast<char>(service.size() >> 7);
    } else {
      message += static_cast<char>(service.size());
    }
    message += service;
  }
  return base::Cat(std::string(1, '\0'), BigEndian(static_cast<uint32_t>(message.size()), 4),
                   message);
}

// Takes a varint of protobuf; nullopt: there is none.
std::optional<uint64_t> TakeVarint(std::string_view& text) {
  uint64_t number = 0;
  for (size_t i = 0; i < 10 && i < text.size(); ++i) {
    number |= static_cast<uint64_t>(text[i] & 0x7f) << (7 * i);
    if ((text[i] & 0x80) == 0) {
      text.remove_prefix(i + 1);
      return number;
    }
  }
  return std::nullopt;
}

// HealthCheckResponse{status}: its only field is an enumeration, number 1.
Verdict JudgeMessage(std::string_view message) {
  uint64_t status = 0;
  while (!message.empty()) {
    const auto tag = TakeVarint(message);
    const auto value = TakeVarint(message);
    if (tag != 0x08 || !value) return Verdict::Bad("reply is no HealthCheckResponse");
    status = *value;
  }
  switch (status) {
    case 1:
      return Verdict::Good();
    case 2:
      return Verdict::Bad("health: NOT_SERVING");
    case 3:
      return Verdict::Bad("health: SERVICE_UNKNOWN");
    default:
      return Verdict::Bad("health: UNKNOWN");
  }
}

// The data of the call so far.
Verdict JudgeData(std::string_view data) {
  if (data.size() < kMessageHeaderBytes) return {};
  if (data[0] != 0) return Verdict::Bad("reply is compressed");
  const uint32_t length = Number(data.substr(1, 4));
  if (length > kMessageBytesMax) return Verdict::Bad("reply is too long");
  if (data.size() < kMessageHeaderBytes + length) return {};
  return JudgeMessage(data.substr(kMessageHeaderBytes, length));
}

struct ReceivedFrame {
  uint8_t type;
  uint8_t flags;
  uint32_t stream;
  std::string_view payload;
};

// The data of a frame without its padding; nullopt: the padding is longer than the frame.
std::optional<std::string_view> DataOf(const ReceivedFrame& frame) {
  if ((frame.flags & kPadded) == 0) return frame.payload;
  const size_t padding = frame.payload.empty() ? 0 : static_cast<uint8_t>(frame.payload[0]);
  if (padding + 1 > frame.payload.size()) return std::nullopt;
  return frame.payload.substr(1, frame.payload.size() - 1 - padding);
}

// Adds what the frame has of the call to `data`.
Verdict JudgeFrame(const ReceivedFrame& frame, std::string& data) {
  if (frame.type == kGoAway && frame.payload.size() >= 8 &&
      (Number(frame.payload.substr(0, 4)) & 0x7fffffff) < kStream) {
    return Verdict::Bad(
        base::Cat("call refused (HTTP/2 error ", Number(frame.payload.substr(4, 4)), ")"));
  }
  if (frame.stream != kStream) return {};
  if (frame.type == kResetStream) {
    return Verdict::Bad(base::Cat("call reset (HTTP/2 error ", Number(frame.payload), ")"));
  }
  if (frame.type == kData) {
    const auto part = DataOf(frame);
    if (!part) return Verdict::Bad("reply is not HTTP/2");
    data += *part;
    const Verdict verdict = JudgeData(data);
    if (verdict.kind != Verdict::Kind::kUndecided) return verdict;
  }
  if ((frame.type == kData || frame.type == kHeaders) && (frame.flags & kEndStream) != 0) {
    return Verdict::Bad(
        "the call failed: there is no health service, or it does not know this service");
  }
  return {};
}

}  // namespace

Verdict JudgeGrpcHealthReply(std::string_view received, bool ended) {
  const bool too_long = received.size() >= base::kProbeReplyBytesMax;
  std::string data;
  bool first = true;
  while (received.size() >= kFrameHeaderBytes) {
    const uint32_t length = Number(received.substr(0, 3));
    const ReceivedFrame frame{.type = static_cast<uint8_t>(received[3]),
                              .flags = static_cast<uint8_t>(received[4]),
                              .stream = Number(received.substr(5, 4)) & 0x7fffffff,
                              .payload = received.substr(kFrameHeaderBytes, length)};
    if (length > kFramePayloadBytesMax || (first && frame.type != kSettings)) {
      return Verdict::Bad("reply is not HTTP/2");
    }
    if (frame.payload.size() < length) break;
    first = false;
    const Verdict verdict = JudgeFrame(frame, data);
    if (verdict.kind != Verdict::Kind::kUndecided) return verdict;
    received.remove_prefix(kFrameHeaderBytes + length);
  }
  if (ended) return Verdict::Bad("connection closed before a complete reply");
  return too_long ? Verdict::Bad("reply is too long") : Verdict{};
}

Conversation ConverseGrpcHealth(const ProbeRequest& request) {
  const uint16_t port = request.parameters->port;
  return {.port = port,
          .tls = {},
          .request = base::Cat(
              kPreface, Frame(kSettings, 0, 0, ""),
              Frame(kHeaders, kEndHeaders, kStream, HeaderBlock(HostAndPort(request, port))),
              Frame(kData, kEndStream, kStream, RequestMessage(request.parameters->service))),
          .judge = JudgeGrpcHealthReply};
}

}  // namespace gregale::executor
