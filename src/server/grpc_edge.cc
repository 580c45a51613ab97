#include "server/grpc_edge.h"

#include <atomic>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "gregale/v1/vnf_service.grpc.pb.h"
#include "gregale/v1/workflow_service.grpc.pb.h"
#include "grpcpp/server_context.h"
#include "rpc/status.h"
#include "server/errors.h"
#include "server/event_handlers.h"
#include "server/grpc_caller.h"
#include "server/grpc_messages.h"
#include "server/list_request.h"
#include "server/transaction.h"
#include "server/vim_handlers.h"
#include "server/vnf_actions.h"
#include "server/vnf_handlers.h"
#include "server/vnfd_handlers.h"
#include "server/workflow_handlers.h"
#include "store/event_table.h"
#include "workflow/definition.h"

namespace gregale::server {
namespace {

using grpc::ServerContext;
using grpc::Status;

// A watch looks at least so often whether its call is cancelled.
constexpr absl::Duration kWatchBeat = absl::Milliseconds(200);

// Converts the request, runs the handler in a transaction that writes, and converts its row.
template <class Request, class Message, class Handler>
Status Create(const GrpcEdge::Options& options, const ServerContext& call, const Request& request,
              Message* reply, const Handler& handler) {
  const absl::StatusOr<Caller> caller = CallerOf(call, options.authenticator);
  if (!caller.ok()) return rpc::ToGrpc(caller.status());
  const auto typed = FromMessage(request);
  if (!typed.ok()) return rpc::ToGrpc(typed.status());
  HandlerContext handlers = options.handlers;
  const auto row = WriteTo(
      options.store, [&](store::Txn& txn) { return handler(txn, *caller, *typed, handlers); });
  if (!row.ok()) return rpc::ToGrpc(row.status());
  *reply = ToMessage(*row);
  return Status::OK;
}

// One of the actions on a VNF. What is refused may have left an event: it is committed, too.
template <class Request>
Status Act(const GrpcEdge::Options& options, const ServerContext& call, const Request& request,
           v1::Vnf* reply) {
  const absl::StatusOr<Caller> caller = CallerOf(call, options.authenticator);
  if (!caller.ok()) return rpc::ToGrpc(caller.status());
  const absl::StatusOr<VnfAction> action = FromMessage(request);
  if (!action.ok()) return rpc::ToGrpc(action.status());
  HandlerContext handlers = options.handlers;
  const auto result = WriteTo(
      options.store, [&](store::Txn& txn) { return ActOnVnf(txn, *caller, *action, handlers); });
  if (!result.ok()) return rpc::ToGrpc(result.status());
  if (!result->refused.ok()) return rpc::ToGrpc(result->refused);
  *reply = ToMessage(result->vnf);
  return Status::OK;
}

template <class Message, class Handler>
Status Get(const GrpcEdge::Options& options, const ServerContext& call, const std::string& id,
           Message* reply, const Handler& handler) {
  const absl::StatusOr<Caller> caller = CallerOf(call, options.authenticator);
  if (!caller.ok()) return rpc::ToGrpc(caller.status());
  const auto row =
      ReadFrom(options.store, [&](store::Txn& txn) { return handler(txn, *caller, id); });
  if (!row.ok()) return rpc::ToGrpc(row.status());
  *reply = ToMessage(*row);
  return Status::OK;
}

// `add` takes each row; the id of the last row of a full page is the next page's token.
template <class Handler, class Add>
absl::StatusOr<std::string> ShowPage(const GrpcEdge::Options& options, const Caller& caller,
                                     const store::ListQuery& query, const Handler& handler,
                                     const Add& add) {
  GREGALE_ASSIGN_OR_RETURN(const auto rows, ReadFrom(options.store, [&](store::Txn& txn) {
                             return handler(txn, caller, query);
                           }));
  for (const auto& row : rows) *add() = ToMessage(row);
  const bool may_go_on = !rows.empty() && rows.size() >= static_cast<size_t>(query.limit);
  return may_go_on ? base::Cat(ToMessage(rows.back()).id()) : std::string();
}

template <class Handler, class Add>
absl::StatusOr<std::string> ListPage(const GrpcEdge::Options& options, const ServerContext& call,
                                     const absl::StatusOr<store::ListQuery>& query,
                                     const Handler& handler, const Add& add) {
  GREGALE_ASSIGN_OR_RETURN(const Caller caller, CallerOf(call, options.authenticator));
  if (!query.ok()) return query.status();
  return ShowPage(options, caller, *query, handler, add);
}

// Filters and sorting of a request, as REST would have them.
template <class Request>
absl::StatusOr<ListRequest> ReadListRequest(const Collection& collection, const Caller& caller,
                                            const Request& message) {
  ListRequest request;
  GREGALE_ASSIGN_OR_RETURN(request.query, PageQuery(message.page_size(), message.page_token()));
  for (const v1::ListFilter& filter : message.filters()) {
    if (filter.values().empty()) return InvalidAttribute("filters", "one has no value");
    for (const std::string& value : filter.values()) {
      AddFilter(collection, caller, filter.attribute(), value, request);
    }
  }
  for (const v1::ListOrder& order : message.order_by()) {
    GREGALE_RETURN_IF_ERROR(AddSortKey(
        collection, order.attribute(),
        order.descending() ? store::SortDirection::kDescending : store::SortDirection::kAscending,
        request));
  }
  return request;
}

template <class Request, class Handler, class Add>
absl::StatusOr<std::string> ListCollection(const GrpcEdge::Options& options,
                                           const ServerContext& call, const Collection& collection,
                                           const Request& message, const Handler& handler,
                                           const Add& add) {
  GREGALE_ASSIGN_OR_RETURN(const Caller caller, CallerOf(call, options.authenticator));
  GREGALE_ASSIGN_OR_RETURN(const ListRequest request, ReadListRequest(collection, caller, message));
  if (request.matches_nothing) return std::string();
  return ShowPage(options, caller, request.query, handler, add);
}

template <class Reply>
Status Finish(absl::StatusOr<std::string> next_page_token, Reply* reply) {
  if (!next_page_token.ok()) return rpc::ToGrpc(next_page_token.status());
  reply->set_next_page_token(*std::move(next_page_token));
  return Status::OK;
}

Status Delete(const GrpcEdge::Options& options, const ServerContext& call, const std::string& id,
              absl::Status (*handler)(store::Txn&, const Caller&, std::string_view)) {
  const absl::StatusOr<Caller> caller = CallerOf(call, options.authenticator);
  if (!caller.ok()) return rpc::ToGrpc(caller.status());
  return rpc::ToGrpc(
      options.store.Write([&](store::Txn& txn) { return handler(txn, *caller, id); }));
}

absl::StatusOr<store::ListQuery> EventQuery(const v1::ListEventsRequest& request,
                                            int64_t after_id) {
  if (after_id < 0) return InvalidAttribute("after_id", "it is negative");
  GREGALE_ASSIGN_OR_RETURN(store::ListQuery query,
                           PageQuery(request.page_size(), base::Cat(after_id)));
  OnlyWhere("resource_id", request.resource_id(), query);
  OnlyWhere("resource_type", request.resource_type(), query);
  OnlyWhere("event_type", request.event_type(), query);
  return query;
}

}  // namespace

class GrpcEdge::Vnfs : public v1::VnfService::Service {
 public:
  explicit Vnfs(const Options& options) : options_(options) {}

  void EndWatches() { ending_ = true; }

  Status CreateVim(ServerContext* call, const v1::CreateVimRequest* request,
                   v1::Vim* reply) override {
    return Create(options_, *call, *request, reply, server::CreateVim);
  }
  Status GetVim(ServerContext* call, const v1::GetVimRequest* request, v1::Vim* reply) override {
    return Get(options_, *call, request->id(), reply, FindVim);
  }
  Status ListVims(ServerContext* call, const v1::ListVimsRequest* request,
                  v1::ListVimsResponse* reply) override {
    return Finish(ListCollection(options_, *call, kVimCollection, *request, server::ListVims,
                                 [&] { return reply->add_vims(); }),
                  reply);
  }
  Status DeleteVim(ServerContext* call, const v1::DeleteVimRequest* request,
                   v1::DeleteVimResponse*) override {
    return Delete(options_, *call, request->id(), server::DeleteVim);
  }

  Status CreateVnfd(ServerContext* call, const v1::CreateVnfdRequest* request,
                    v1::Vnfd* reply) override {
    return Create(options_, *call, *request, reply, server::CreateVnfd);
  }
  Status GetVnfd(ServerContext* call, const v1::GetVnfdRequest* request, v1::Vnfd* reply) override {
    return Get(options_, *call, request->id(), reply, FindVnfd);
  }
  Status ListVnfds(ServerContext* call, const v1::ListVnfdsRequest* request,
                   v1::ListVnfdsResponse* reply) override {
    return Finish(ListCollection(options_, *call, kVnfdCollection, *request, server::ListVnfds,
                                 [&] { return reply->add_vnfds(); }),
                  reply);
  }
  Status DeleteVnfd(ServerContext* call, const v1::DeleteVnfdRequest* request,
                    v1::DeleteVnfdResponse*) override {
    return Delete(options_, *call, request->id(), server::DeleteVnfd);
  }

  Status CreateVnf(ServerContext* call, const v1::CreateVnfRequest* request,
                   v1::Vnf* reply) override {
    return Create(options_, *call, *request, reply, server::CreateVnf);
  }
  Status GetVnf(ServerContext* call, const v1::GetVnfRequest* request, v1::Vnf* reply) override {
    return Get(options_, *call, request->id(), reply, FindVnf);
  }
  Status ListVnfs(ServerContext* call, const v1::ListVnfsRequest* request,
                  v1::ListVnfsResponse* reply) override {
    v1::ListVnfsRequest message = *request;
    if (!message.status().empty()) {
      v1::ListFilter& filter = *message.add_filters();
      filter.set_attribute("status");
      filter.add_values(message.status());
    }
    return Finish(ListCollection(options_, *call, kVnfCollection, message, server::ListVnfs,
                                 [&] { return reply->add_vnfs(); }),
                  reply);
  }
  Status ScaleVnf(ServerContext* call, const v1::ScaleVnfRequest* request,
                  v1::Vnf* reply) override {
    return Act(options_, *call, *request, reply);
  }
  Status HealVnf(ServerContext* call, const v1::HealVnfRequest* request, v1::Vnf* reply) override {
    return Act(options_, *call, *request, reply);
  }
  Status UpdateVnf(ServerContext* call, const v1::UpdateVnfRequest* request,
                   v1::Vnf* reply) override {
    return Create(options_, *call, *request, reply, server::ChangeVnf);
  }
  Status PauseVnf(ServerContext* call, const v1::PauseVnfRequest* request,
                  v1::Vnf* reply) override {
    return Act(options_, *call, *request, reply);
  }
  Status ResumeVnf(ServerContext* call, const v1::ResumeVnfRequest* request,
                   v1::Vnf* reply) override {
    return Act(options_, *call, *request, reply);
  }
  Status RetryVnf(ServerContext* call, const v1::RetryVnfRequest* request,
                  v1::Vnf* reply) override {
    return Act(options_, *call, *request, reply);
  }
  Status DeleteVnf(ServerContext* call, const v1::DeleteVnfRequest* request,
                   v1::DeleteVnfResponse*) override {
    const VnfDeletion deletion = {.id = request->id(),
                                  .force = request->force() ? Force::kYes : Force::kNo};
    const absl::StatusOr<Caller> caller = CallerOf(*call, options_.authenticator);
    if (!caller.ok()) return rpc::ToGrpc(caller.status());
    HandlerContext handlers = options_.handlers;
    return rpc::ToGrpc(options_.store.Write(
        [&](store::Txn& txn) { return server::DeleteVnf(txn, *caller, deletion, handlers); }));
  }

  Status ListEvents(ServerContext* call, const v1::ListEventsRequest* request,
                    v1::ListEventsResponse* reply) override {
    const auto page = ListPage(options_, *call, EventQuery(*request, request->after_id()),
                               server::ListEvents, [&] { return reply->add_events(); });
    return rpc::ToGrpc(page.status());
  }

  Status WatchEvents(ServerContext* call, const v1::ListEventsRequest* request,
                     grpc::ServerWriter<v1::Event>* writer) override {
    const Seat seat(watchers_);
    if (seat.number() > base::kEventWatchersMax) {
      return rpc::ToGrpc(absl::ResourceExhaustedError("too many watchers on this server"));
    }
    absl::StatusOr<Caller> caller = CallerOf(*call, options_.authenticator);
    if (!caller.ok()) return rpc::ToGrpc(caller.status());
    int64_t after_id = request->after_id();
    if (after_id == 0) {
      const auto last = ReadFrom(options_.store, store::LastEventId);
      if (!last.ok()) return rpc::ToGrpc(last.status());
      after_id = *last;
    }
    int64_t token = 0;
    while (!call->IsCancelled()) {
      if (ending_) return rpc::ToGrpc(absl::UnavailableError("the server is stopping"));
      // A watch may outlive its caller's rights: they are asked for again each time.
      caller = CallerOf(*call, options_.authenticator);
      if (!caller.ok()) return rpc::ToGrpc(caller.status());
      const absl::Status sent = SendEventsAfter(after_id, *caller, *request, *writer);
      if (!sent.ok()) return rpc::ToGrpc(sent);
      options_.store.WaitForChange(token, kWatchBeat);
    }
    return Status::CANCELLED;
  }

 private:
  // Counts the watchers that sit at a time.
  class Seat {
   public:
    explicit Seat(std::atomic<int>& taken) : taken_(taken), number_(++taken) {}
    ~Seat() { --taken_; }
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
    int number() const { return number_; }

   private:
    std::atomic<int>& taken_;
    const int number_;
  };

  // Sends all there are and leaves in `after_id` the last one. kCancelled: the reader is gone.
  absl::Status SendEventsAfter(int64_t& after_id, const Caller& caller,
                               const v1::ListEventsRequest& request,
                               grpc::ServerWriter<v1::Event>& writer) {
    while (true) {
      GREGALE_ASSIGN_OR_RETURN(const store::ListQuery query, EventQuery(request, after_id));
      GREGALE_ASSIGN_OR_RETURN(const std::vector<store::Event> events,
                               ReadFrom(options_.store, [&](store::Txn& txn) {
                                 return server::ListEvents(txn, caller, query);
                               }));
      for (const store::Event& event : events) {
        if (!writer.Write(ToMessage(event))) return absl::CancelledError("the reader is gone");
        after_id = event.id;
      }
      if (events.size() < static_cast<size_t>(query.limit)) return absl::OkStatus();
    }
  }

  const Options options_;
  std::atomic<bool> ending_ = false;
  std::atomic<int> watchers_ = 0;
};

class GrpcEdge::Workflows : public v1::WorkflowService::Service {
 public:
  explicit Workflows(const Options& options) : options_(options) {}

  Status ValidateWorkflow(ServerContext* call, const v1::ValidateWorkflowRequest* request,
                          v1::ValidateWorkflowResponse* reply) override {
    const absl::StatusOr<Caller> caller = CallerOf(*call, options_.authenticator);
    if (!caller.ok()) return rpc::ToGrpc(caller.status());
    if (request->definition().size() > base::kWorkflowBytesMax) {
      return rpc::ToGrpc(InvalidAttribute(
          "definition", base::Cat("it is larger than ", base::kWorkflowBytesMax, " bytes")));
    }
    const absl::Status verdict = workflow::ValidateWorkflowList(request->definition());
    reply->set_valid(verdict.ok());
    reply->set_error(std::string(base::FromAbsl(verdict.message())));
    return Status::OK;
  }
  Status GetWorkflow(ServerContext* call, const v1::GetWorkflowRequest* request,
                     v1::Workflow* reply) override {
    return Get(options_, *call, request->id(), reply, FindWorkflow);
  }
  Status ListWorkflows(ServerContext* call, const v1::ListWorkflowsRequest* request,
                       v1::ListWorkflowsResponse* reply) override {
    return Finish(ListPage(options_, *call, PageQuery(request->page_size(), request->page_token()),
                           server::ListWorkflows, [&] { return reply->add_workflows(); }),
                  reply);
  }
  Status GetExecution(ServerContext* call, const v1::GetExecutionRequest* request,
                      v1::Execution* reply) override {
    return Get(options_, *call, request->id(), reply, FindExecution);
  }
  Status ListExecutions(ServerContext* call, const v1::ListExecutionsRequest* request,
                        v1::ListExecutionsResponse* reply) override {
    absl::StatusOr<store::ListQuery> query = PageQuery(request->page_size(), request->page_token());
    if (query.ok()) OnlyWhere("vnf_id", request->vnf_id(), *query);
    return Finish(ListPage(options_, *call, query, server::ListExecutions,
                           [&] { return reply->add_executions(); }),
                  reply);
  }

 private:
  const Options options_;
};

GrpcEdge::GrpcEdge(const Options& options)
    : vnfs_(std::make_unique<Vnfs>(options)), workflows_(std::make_unique<Workflows>(options)) {}
GrpcEdge::~GrpcEdge() = default;

std::vector<grpc::Service*> GrpcEdge::services() { return {vnfs_.get(), workflows_.get()}; }

void GrpcEdge::EndWatches() { vnfs_->EndWatches(); }

}  // namespace gregale::server
