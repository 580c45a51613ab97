#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

// Small collections that are only ever read and written as a whole, kept as JSON text in one
// column.
namespace gregale::store {

std::string EncodeMap(const std::map<std::string, std::string>& map);
std::string EncodeList(const std::vector<std::string>& list);

// "" is an empty collection. kDataLoss where the text is not what the encoder wrote.
absl::StatusOr<std::map<std::string, std::string>> DecodeMap(std::string_view text);
absl::StatusOr<std::vector<std::string>> DecodeList(std::string_view text);

}  // namespace gregale::store
