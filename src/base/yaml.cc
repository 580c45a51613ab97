#include "base/yaml.h"

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include "base/text.h"
#include "base/utf8.h"
#include "yaml-cpp/eventhandler.h"
#include "yaml-cpp/exceptions.h"
#include "yaml-cpp/mark.h"
#include "yaml-cpp/parser.h"

namespace gregale::base {
namespace {

absl::Status YamlError(int line, int column, std::string_view why) {
  return absl::InvalidArgumentError(
      Cat("YAML, line ", line, ", column ", column, ": ", ToUtf8(why)));
}

// Leaves yaml-cpp's parser, which has no other way to be stopped; caught in this file.
struct Refused {
  absl::Status status;
};

// One step of the document: a scalar, or the beginning or the end of a collection.
struct Step {
  enum class Kind { kScalar, kSequence, kMapping, kEnd };
  Kind kind = Kind::kScalar;
  YamlNode node;      // without items and entries
  size_t offset = 0;  // in the text
};

// yaml-cpp closes at the end of the text what is not closed.
bool QuoteIsClosed(std::string_view text) {
  if (text.empty() || (text[0] != '"' && text[0] != '\'')) return true;
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[0] == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == text[0]) {
      return true;
    }
  }
  return false;
}

// Whether a plain key without a value is one: yaml-cpp takes a line without any colon for a key.
bool KeyIsMarked(std::string_view text, size_t offset, std::string_view key) {
  if (key.empty() || !text.substr(std::min(offset, text.size())).starts_with(key)) return true;
  const size_t before = text.find_last_not_of(' ', offset - 1);
  if (offset > 0 && before != std::string_view::npos && text[before] == '?') return true;
  const size_t behind = text.find_first_not_of(" \t\r\n", offset + key.size());
  return behind != std::string_view::npos &&
         std::string_view(":,}#").find(text[behind]) != std::string_view::npos;
}

// Writes the document down as steps, with every alias replaced by a copy of the steps that it
// stands for, and holds it to the bounds on the way. A flat list, so that a node needs no address
// before the tree is made.
class Recorder : public YAML::EventHandler {
 public:
  Recorder(std::string_view text, const YamlOptions& options) : text_(text), options_(options) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) Refuse(mark, "a second document; there must be one");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Begin(anchor);
    Add(NewStep(Step::Kind::kScalar, mark, "?", NullText(mark)), mark);
    End(anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const size_t offset = static_cast<size_t>(std::max(mark.pos, 0));
    if (tag == "!" && offset < text_.size() && !QuoteIsClosed(text_.substr(offset))) {
      Refuse(mark, "a quote that is not closed");
    }
    Begin(anchor);
    Add(NewStep(Step::Kind::kScalar, mark, tag, value), mark);
    End(anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(Step::Kind::kSequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(Step::Kind::kMapping, mark, tag, anchor);
  }
  void OnMapEnd() override { Close(); }

  void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
    if (!options_.allow_anchors) Refuse(mark, Cat("anchor '", name, "' is not allowed"));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchored_.find(anchor);
    if (found == anchored_.end() || found->second.end == 0) {
      Refuse(mark, "an alias to what it is part of");
    }
    const auto [begin, end] = found->second;
    for (size_t i = begin; i < end; ++i) Add(Step(steps_[i]), mark);
  }

  int documents() const { return documents_; }
  std::vector<Step> TakeSteps() { return std::move(steps_); }

 private:
  // The steps of an anchored node; `end` is 0 until it is complete.
  struct Range {
    size_t begin = 0;
    size_t end = 0;
  };

  [[noreturn]] static void Refuse(const YAML::Mark& mark, std::string_view why) {
    throw Refused{YamlError(mark.line + 1, mark.column + 1, why)};
  }

  // yaml-cpp names the tag of a scalar without one "?" where it is plain and "!" where it is
  // quoted.
  static Step NewStep(Step::Kind kind, const YAML::Mark& mark, std::string_view tag,
                      std::string_view text) {
    Step step;
    step.kind = kind;
    step.node.text = text;
    step.node.plain = kind == Step::Kind::kScalar && tag == "?";
    if (TakePrefix(tag, "tag:yaml.org,2002:")) {
      step.node.tag = Cat("!!", tag);
    } else if (tag != "?" && tag != "!") {
      step.node.tag = tag;
    }
    step.node.line = mark.line + 1;
    step.node.column = mark.column + 1;
    step.offset = static_cast<size_t>(std::max(mark.pos, 0));
    return step;
  }

  // How the null at `mark` was written: yaml-cpp does not say.
  std::string_view NullText(const YAML::Mark& mark) const {
    if (mark.pos < 0 || static_cast<size_t>(mark.pos) >= text_.size()) return "";
    const std::string_view rest = text_.substr(static_cast<size_t>(mark.pos));
    for (std::string_view form : {"~", "null", "Null", "NULL"}) {
      if (rest.starts_with(form)) return form;
    }
    return "";
  }

  void Open(Step::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    Begin(anchor);
    open_anchors_.push_back(anchor);
    Add(NewStep(kind, mark, tag, ""), mark);
  }
  void Close() {
    Add(Step{Step::Kind::kEnd, {}}, YAML::Mark());
    End(open_anchors_.back());
    open_anchors_.pop_back();
  }

  void Begin(YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) anchored_[anchor] = Range{steps_.size(), 0};
  }
  void End(YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) anchored_[anchor].end = steps_.size();
  }

  void Add(Step step, const YAML::Mark& mark) {
    if (step.kind == Step::Kind::kEnd) {
      --depth_;
    } else {
      if (++nodes_ > kDocumentNodesMax) Refuse(mark, "too many nodes");
      text_bytes_ += step.node.text.size() + step.node.tag.size();
      if (text_bytes_ > kDocumentTextBytesMax) Refuse(mark, "too much text behind aliases");
      if (step.kind != Step::Kind::kScalar && ++depth_ > kDocumentDepthMax) {
        Refuse(mark, Cat("nested deeper than ", kDocumentDepthMax));
      }
    }
    steps_.push_back(std::move(step));
  }

  const std::string_view text_;
  const YamlOptions& options_;
  std::vector<Step> steps_;
  std::map<YAML::anchor_t, Range> anchored_;
  std::vector<YAML::anchor_t> open_anchors_;  // of the collections that are open, 0 for none
  int documents_ = 0;
  int depth_ = 0;
  size_t nodes_ = 0;
  size_t text_bytes_ = 0;
};

// Makes the tree. Recursion is bounded by kDocumentDepthMax.
class TreeBuilder {
 public:
  TreeBuilder(std::string_view text, std::vector<Step> steps, const YamlOptions& options)
      : text_(text), steps_(std::move(steps)), options_(options) {}

  absl::StatusOr<YamlNode> Build() {
    YamlNode root = Next();
    if (!status_.ok()) return status_;
    return root;
  }

 private:
  YamlNode Next() {
    Step& step = steps_[next_++];
    YamlNode node = std::move(step.node);
    if (step.kind == Step::Kind::kSequence) {
      node.kind = YamlNode::Kind::kSequence;
      while (!AtEnd()) node.items.push_back(Next());
    } else if (step.kind == Step::Kind::kMapping) {
      node.kind = YamlNode::Kind::kMapping;
      while (!AtEnd()) {
        const size_t offset = steps_[next_].offset;
        YamlNode key = Next();
        YamlNode value = Next();
        if (key.plain && value.plain && value.text.empty() && status_.ok() &&
            !KeyIsMarked(text_, offset, key.text)) {
          status_ = YamlError(key.line, key.column, Cat("'", key.text, "' without ': '"));
        }
        node.entries.emplace_back(std::move(key), std::move(value));
      }
      ResolveDuplicates(node);
    }
    return node;
  }

  bool AtEnd() {
    if (steps_[next_].kind != Step::Kind::kEnd) return false;
    ++next_;
    return true;
  }

  // Of equal keys the first keeps its place and the last gives the value, as in a Python
  // dictionary.
  void ResolveDuplicates(YamlNode& mapping) {
    auto& entries = mapping.entries;
    std::vector<size_t> order;  // scalar keys, equal ones side by side
    for (size_t i = 0; i < entries.size(); ++i) {
      if (entries[i].first.kind == YamlNode::Kind::kScalar) order.push_back(i);
    }
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return entries[a].first.text < entries[b].first.text;
    });
    std::vector<bool> superseded(entries.size(), false);
    bool any = false;
    for (size_t i = 1, first = 0; i < order.size(); ++i) {
      const YamlNode& key = entries[order[i]].first;
      if (key.text != entries[order[first]].first.text) {
        first = i;
        continue;
      }
      if (!options_.allow_duplicate_keys && status_.ok()) {
        status_ = YamlError(key.line, key.column, Cat("duplicate key '", key.text, "'"));
      }
      entries[order[first]].second = std::move(entries[order[i]].second);
      superseded[order[i]] = any = true;
    }
    if (!any) return;
    size_t index = 0;
    entries.erase(std::remove_if(entries.begin(), entries.end(),
                                 [&](const auto&) { return superseded[index++]; }),
                  entries.end());
  }

  const std::string_view text_;
  std::vector<Step> steps_;
  const YamlOptions& options_;
  size_t next_ = 0;
  absl::Status status_;
};

// What PyYAML's reader accepts. yaml-cpp would guess at other encodings and take U+0004 for the
// end.
absl::Status CheckCharacters(std::string_view text) {
  int line = 1;
  const char* line_start = text.data();
  while (!text.empty()) {
    const char* at = text.data();
    const std::optional<char32_t> c = TakeUtf8(text);
    const int column = static_cast<int>(at - line_start) + 1;
    if (!c.has_value()) return YamlError(line, column, "not UTF-8");
    const bool blank = *c == '\t' || *c == '\n' || *c == '\r' || *c == 0x85;
    const bool control = *c < 0x20 || (*c >= 0x7f && *c < 0xa0) || *c == 0xfffe || *c == 0xffff;
    if (control && !blank) return YamlError(line, column, "a control character");
    if (*c == '\n') {
      ++line;
      line_start = text.data();
    }
  }
  return absl::OkStatus();
}

}  // namespace

YamlNode::YamlNode() = default;
YamlNode::YamlNode(const YamlNode&) = default;
YamlNode::YamlNode(YamlNode&&) noexcept = default;
YamlNode& YamlNode::operator=(const YamlNode&) = default;
YamlNode& YamlNode::operator=(YamlNode&&) noexcept = default;
YamlNode::~YamlNode() = default;

const YamlNode* YamlNode::Find(std::string_view key) const {
  for (const auto& [name, value] : entries) {
    if (name.kind == Kind::kScalar && name.text == key) return &value;
  }
  return nullptr;
}

absl::StatusOr<YamlNode> ParseYaml(std::string_view text, const YamlOptions& options) {
  if (text.size() > options.bytes_max) {
    return YamlError(1, 1, Cat("longer than ", options.bytes_max, " bytes"));
  }
  TakePrefix(text, "\xef\xbb\xbf");
  if (absl::Status status = CheckCharacters(text); !status.ok()) return status;
  Recorder recorder(text, options);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(recorder)) {
    }
  } catch (const Refused& refused) {
    return refused.status;
  } catch (const YAML::Exception& error) {
    return YamlError(error.mark.line + 1, error.mark.column + 1, error.msg);
  }
  if (recorder.documents() == 0) return YamlError(1, 1, "no document");
  return TreeBuilder(text, recorder.TakeSteps(), options).Build();
}

absl::StatusOr<Json> ParseYamlAsJson(std::string_view text, const YamlOptions& options) {
  absl::StatusOr<YamlNode> node = ParseYaml(text, options);
  if (!node.ok()) return node.status();
  return YamlToJson(*node);
}

}  // namespace gregale::base
