#pragma once

#include <string>

#include "base/json.h"

// Values as Mistral's actions, which are written in Python, see them.
namespace gregale::executor {

// str(value), for what stands in a header or a query.
inline std::string PythonText(const base::Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
  if (value.is_null()) return "None";
  return base::DumpJson(value);
}

// bool(value).
inline bool IsTrue(const base::Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value != 0;
  if (value.is_string()) return !value.get_ref<const std::string&>().empty();
  return !value.empty();
}

}  // namespace gregale::executor
