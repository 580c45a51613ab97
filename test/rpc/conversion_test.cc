#include <catch2/catch.hpp>
#include <limits>
#include <string>

#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "rpc/status.h"
#include "rpc/struct_json.h"

namespace gregale::rpc {
namespace {

using base::Json;

TEST_CASE("An error crosses gRPC with its kind and field") {
  const absl::Status error =
      base::MakeError(absl::StatusCode::kNotFound, "VNFNotFound", "no VNF 'x'", "vnf.id");
  const grpc::Status sent = ToGrpc(error);
  REQUIRE(sent.error_code() == grpc::StatusCode::NOT_FOUND);
  REQUIRE(sent.error_message() == "no VNF 'x'");
  REQUIRE(sent.error_details().find("google.rpc.ErrorInfo") != std::string::npos);
  REQUIRE(sent.error_details().find("google.rpc.BadRequest") != std::string::npos);
  REQUIRE(FromGrpc(sent) == error);
}

TEST_CASE("Every code crosses as itself; one that is none of them is unknown") {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status error(static_cast<absl::StatusCode>(code), "why");
    REQUIRE(FromGrpc(ToGrpc(error)) == error);
  }
  REQUIRE(ToGrpc(absl::OkStatus()).ok());
  REQUIRE(FromGrpc(grpc::Status::OK).ok());
  const grpc::Status strange(grpc::StatusCode::DO_NOT_USE, "x", "not details");
  REQUIRE(FromGrpc(strange) == absl::UnknownError("x"));
}

TEST_CASE("Messages are cut where a character ends, and are UTF-8") {
  std::string text;
  while (text.size() < 3000) text += "a\xe2\x82\xac";
  const std::string cut = ToGrpc(absl::InternalError(text)).error_message();
  REQUIRE(cut.size() <= 1024);
  REQUIRE(cut.size() > 1020);
  REQUIRE(base::IsUtf8(cut));
  REQUIRE(text.starts_with(cut));
  REQUIRE(base::IsUtf8(ToGrpc(absl::InternalError("\xff\xfe")).error_message()));
}

TEST_CASE("A JSON object crosses as a Struct and comes back, its keys sorted") {
  const Json object =
      *base::ParseJson(R"({"a": [1, 2.5, "x", true, null, {}, []], "b": {"c": -7}, "d": 0.1})");
  const auto sent = ToStruct(object);
  REQUIRE(sent.ok());
  REQUIRE(base::DumpJson(*ToJson(*sent)) == base::DumpJson(object));
}

TEST_CASE("What a Struct cannot hold exactly is refused") {
  REQUIRE_FALSE(ToStruct(Json::array()).ok());
  REQUIRE_FALSE(ToStruct(Json{{"n", 9007199254740993}}).ok());
  REQUIRE(ToStruct(Json{{"n", -9007199254740992}}).ok());
  google::protobuf::Struct object;
  (*object.mutable_fields())["n"].set_number_value(std::numeric_limits<double>::infinity());
  REQUIRE(ToJson(object).status().code() == absl::StatusCode::kInvalidArgument);
}

TEST_CASE("Depth and number of values are bounded both ways") {
  Json inner = Json::object();
  google::protobuf::Struct object;
  google::protobuf::Struct* innermost = &object;
  for (int depth = 1; depth < base::kDocumentDepthMax; ++depth) {
    inner = Json{{"k", inner}};
    innermost = (*innermost->mutable_fields())["k"].mutable_struct_value();
  }
  REQUIRE(ToStruct(inner).ok());
  REQUIRE(ToJson(object).ok());
  (*innermost->mutable_fields())["k"].mutable_struct_value();
  REQUIRE_FALSE(ToStruct(Json{{"k", inner}}).ok());
  REQUIRE_FALSE(ToJson(object).ok());

  google::protobuf::Struct wide;
  auto& list = *(*wide.mutable_fields())["k"].mutable_list_value();
  for (size_t i = 0; i < base::kDocumentNodesMax; ++i) list.add_values();
  REQUIRE_FALSE(ToJson(wide).ok());
}

}  // namespace
}  // namespace gregale::rpc
