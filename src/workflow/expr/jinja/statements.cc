#include "workflow/expr/jinja/statements.h"

#include <initializer_list>
#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "workflow/expr/jinja/lexer.h"
#include "workflow/expr/jinja/parser.h"

namespace gregale::workflow::expr::jinja {
namespace {

constexpr int kBlockDepthMax = 50;

class DocumentParser {
 public:
  DocumentParser(std::vector<Segment> segments, Heap& constants)
      : segments_(std::move(segments)), constants_(constants) {}

  absl::StatusOr<Body> Run() {
    std::string end;
    GREGALE_ASSIGN_OR_RETURN(Body body, ReadBody({}, end));
    return body;
  }

 private:
  using StatementPtr = std::unique_ptr<Statement>;
  using Names = std::initializer_list<std::string_view>;

  static StatementPtr Make(Statement::Kind kind) {
    auto statement = std::make_unique<Statement>();
    statement->kind = kind;
    return statement;
  }

  // Reads up to a block that has one of the names, or to the end of the template where there are
  // none. That block's name is `end`, and parser_ stands behind it.
  absl::StatusOr<Body> ReadBody(Names ends, std::string& end) {
    if (++depth_ > kBlockDepthMax) {
      return absl::InvalidArgumentError("the blocks of the template are nested too deeply");
    }
    Body body;
    while (next_ < segments_.size()) {
      const Segment& segment = segments_[next_++];
      if (segment.kind == Segment::Kind::kText) {
        body.push_back(Make(Statement::Kind::kText));
        body.back()->text = segment.text;
        continue;
      }
      GREGALE_ASSIGN_OR_RETURN(std::vector<Token> tokens,
                               LexExpression(segment.text, segment.offset));
      Parser parser(std::move(tokens), constants_);
      if (segment.kind == Segment::Kind::kOutput) {
        body.push_back(Make(Statement::Kind::kOutput));
        GREGALE_ASSIGN_OR_RETURN(body.back()->expression, parser.Tuple());
        GREGALE_RETURN_IF_ERROR(parser.ExpectEnd());
        continue;
      }
      GREGALE_ASSIGN_OR_RETURN(const std::string name, parser.AnyName());
      for (std::string_view candidate : ends) {
        if (name != candidate) continue;
        end = name;
        --depth_;
        end_parser_ = std::make_unique<Parser>(std::move(parser));
        return body;
      }
      GREGALE_ASSIGN_OR_RETURN(StatementPtr statement, ReadBlock(name, parser));
      body.push_back(std::move(statement));
    }
    if (ends.size() == 0) return body;
    return absl::InvalidArgumentError(
        base::Cat("Unexpected end of template. Jinja was looking for the following tags: '",
                  base::Join(ends, "' or '"), "'."));
  }

  absl::StatusOr<StatementPtr> ReadBlock(const std::string& name, Parser& parser) {
    if (name == "if") return ReadIf(parser);
    if (name == "for") return ReadFor(parser);
    if (name == "set") return ReadSet(parser);
    if (name == "with") return ReadWith(parser);
    if (name == "filter") return ReadFilter(parser);
    return absl::InvalidArgumentError(base::Cat("Encountered unknown tag '", name, "'."));
  }

  absl::StatusOr<StatementPtr> ReadIf(Parser& parser) {
    StatementPtr statement = Make(Statement::Kind::kIf);
    std::string end = "elif";
    Parser* now = &parser;
    std::unique_ptr<Parser> kept;
    while (end == "elif") {
      Statement::Branch branch;
      GREGALE_ASSIGN_OR_RETURN(branch.condition, now->Tuple());
      GREGALE_RETURN_IF_ERROR(now->ExpectEnd());
      GREGALE_ASSIGN_OR_RETURN(branch.body, ReadBody({"elif", "else", "endif"}, end));
      statement->branches.push_back(std::move(branch));
      kept = std::move(end_parser_);
      now = kept.get();
    }
    if (end == "else") {
      Statement::Branch branch;
      GREGALE_ASSIGN_OR_RETURN(branch.body, ReadBody({"endif"}, end));
      statement->branches.push_back(std::move(branch));
    }
    return statement;
  }

  // "a" or "a, b".
  static absl::StatusOr<std::vector<std::string>> ReadTargets(Parser& parser) {
    std::vector<std::string> names;
    const bool bracketed = parser.TakeSymbol("(");
    do {
      GREGALE_ASSIGN_OR_RETURN(std::string name, parser.AnyName());
      names.push_back(std::move(name));
    } while (parser.TakeSymbol(","));
    if (bracketed && !parser.TakeSymbol(")")) return parser.Unexpected();
    return names;
  }

  absl::StatusOr<StatementPtr> ReadFor(Parser& parser) {
    StatementPtr statement = Make(Statement::Kind::kFor);
    GREGALE_ASSIGN_OR_RETURN(statement->targets, ReadTargets(parser));
    if (!parser.TakeName("in")) return parser.Unexpected();
    GREGALE_ASSIGN_OR_RETURN(statement->expression, parser.Tuple(Parser::Conditional::kNotAllowed));
    if (parser.TakeName("if")) {
      GREGALE_ASSIGN_OR_RETURN(statement->condition, parser.Expression());
    }
    GREGALE_RETURN_IF_ERROR(parser.ExpectEnd());
    std::string end;
    GREGALE_ASSIGN_OR_RETURN(statement->body, ReadBody({"endfor", "else"}, end));
    if (end == "else") {
      GREGALE_ASSIGN_OR_RETURN(statement->otherwise, ReadBody({"endfor"}, end));
    }
    return statement;
  }

  absl::StatusOr<StatementPtr> ReadSet(Parser& parser) {
    StatementPtr statement = Make(Statement::Kind::kSet);
    GREGALE_ASSIGN_OR_RETURN(statement->targets, ReadTargets(parser));
    if (parser.TakeSymbol("=")) {
      GREGALE_ASSIGN_OR_RETURN(statement->expression, parser.Tuple());
      GREGALE_RETURN_IF_ERROR(parser.ExpectEnd());
      return statement;
    }
    GREGALE_RETURN_IF_ERROR(parser.ExpectEnd());
    std::string end;
    GREGALE_ASSIGN_OR_RETURN(statement->body, ReadBody({"endset"}, end));
    return statement;
  }

  absl::StatusOr<StatementPtr> ReadWith(Parser& parser) {
    StatementPtr statement = Make(Statement::Kind::kWith);
    while (!parser.AtEnd()) {
      if (!statement->values.empty() && !parser.TakeSymbol(",")) return parser.Unexpected();
      GREGALE_ASSIGN_OR_RETURN(std::string name, parser.AnyName());
      if (!parser.TakeSymbol("=")) return parser.Unexpected();
      GREGALE_ASSIGN_OR_RETURN(NodePtr value, parser.Expression());
      statement->values.emplace_back(std::move(name), std::move(value));
    }
    std::string end;
    GREGALE_ASSIGN_OR_RETURN(statement->body, ReadBody({"endwith"}, end));
    return statement;
  }

  absl::StatusOr<StatementPtr> ReadFilter(Parser& parser) {
    StatementPtr statement = Make(Statement::Kind::kFilter);
    auto inside = std::make_unique<Node>();
    inside->kind = NodeKind::kVariable;
    GREGALE_ASSIGN_OR_RETURN(statement->expression, parser.FirstFilter(std::move(inside)));
    GREGALE_RETURN_IF_ERROR(parser.ExpectEnd());
    std::string end;
    GREGALE_ASSIGN_OR_RETURN(statement->body, ReadBody({"endfilter"}, end));
    return statement;
  }

  const std::vector<Segment> segments_;
  Heap& constants_;
  size_t next_ = 0;
  int depth_ = 0;
  std::unique_ptr<Parser> end_parser_;
};

}  // namespace

absl::StatusOr<Document> ParseDocument(std::string_view text) {
  if (text.size() > base::kExpressionTextBytesMax) {
    return absl::InvalidArgumentError("the template is too long");
  }
  GREGALE_ASSIGN_OR_RETURN(std::vector<Segment> segments, SplitTemplate(text));
  Document document{.constants = std::make_unique<Heap>(base::kExpressionHeapBytesMax),
                    .text = std::string(text)};
  DocumentParser parser(std::move(segments), *document.constants);
  GREGALE_ASSIGN_OR_RETURN(document.body, parser.Run());
  return document;
}

}  // namespace gregale::workflow::expr::jinja
