#pragma once

#include <cstddef>
#include <cstdint>

// Every bound on what comes from outside, in one place. Names end in what they count and _max.
namespace gregale::base {

// HTTP: a request's body, header block, header count and target.
inline constexpr size_t kHttpBodyBytesMax = 2u << 20;
inline constexpr size_t kHttpHeaderBytesMax = 64u << 10;
inline constexpr size_t kHttpHeadersMax = 100;
inline constexpr size_t kHttpTargetBytesMax = 8192;
// Connections that are served, each by a thread, and those that wait for one; more wait in the
// kernel.
inline constexpr size_t kHttpConnectionsMax = 1024;
inline constexpr size_t kHttpConnectionsWaitingMax = 256;

// Documents: nesting and nodes, of JSON and YAML alike; a YAML text, and its scalars with every
// alias copied; a workflow definition.
inline constexpr int kDocumentDepthMax = 64;
inline constexpr size_t kDocumentNodesMax = 100'000;
inline constexpr size_t kYamlBytesMax = 1u << 20;
inline constexpr size_t kDocumentTextBytesMax = 4u << 20;
inline constexpr size_t kWorkflowBytesMax = 256u << 10;
// Warnings about a definition; tasks of a workflow whose ways are looked through for them.
inline constexpr size_t kWorkflowWarningsMax = 100;
inline constexpr size_t kWorkflowGraphTasksMax = 300;

// gRPC: one message.
inline constexpr int kGrpcMessageBytesMax = 4 << 20;
inline constexpr int kGrpcStreamsPerConnectionMax = 10'000;
// Calls of WatchEvents at a time, in one server: each holds a thread.
inline constexpr int kEventWatchersMax = 256;

// Names and texts of resources.
inline constexpr size_t kNameCharsMax = 255;
inline constexpr size_t kDescriptionCharsMax = 4096;

// Lists: rows in one answer, values to filter by, columns to sort by.
inline constexpr int kPageRowsMax = 1000;
inline constexpr size_t kFilterValuesMax = 200;  // for one column
inline constexpr size_t kSortKeysMax = 8;

// Alarms from outside: in one delivery; remembered of a VNF.
inline constexpr size_t kAlarmsPerDeliveryMax = 100;
inline constexpr int kAlarmsPerVnfMax = 1000;

// Accounts: a password, a token from outside, a token file and its tokens; live tokens of one user;
// passwords that are being hashed (64 MiB each) and that wait for it; failed logins that are
// remembered; a validated token of another Keystone: kept, asked for at a time, its document.
inline constexpr size_t kPasswordBytesMin = 8;
inline constexpr size_t kPasswordBytesMax = 1024;
inline constexpr size_t kTokenBytesMax = 8192;
inline constexpr size_t kTokenFileBytesMax = 1u << 20;
inline constexpr size_t kTokensPerFileMax = 1000;
inline constexpr int kTokensPerUserMax = 1000;
inline constexpr int kPasswordHashesAtOnceMax = 2;
inline constexpr int kPasswordHashesWaitingMax = 64;
inline constexpr size_t kLoginFailuresKeptMax = 4096;
inline constexpr size_t kKeystoneTokensKeptMax = 10'000;
inline constexpr int kKeystoneCallsAtOnceMax = 16;
inline constexpr size_t kKeystoneAnswerBytesMax = 1u << 20;

// A VNF and its descriptor.
inline constexpr size_t kNodeTemplatesPerVnfdMax = 1024;
inline constexpr size_t kInputsPerVnfdMax = 256;
inline constexpr size_t kPoliciesPerVnfdMax = 256;
inline constexpr int kVdusPerVnfMax = 64;
inline constexpr int kInstancesPerVduMax = 256;
inline constexpr int kActionsPerEventMax = 8;
// VDUs of one local VIM: a bridge of the kernel takes 1023 ports.
inline constexpr int kLocalVdusPerVimMax = 1000;

// Monitoring policies, seconds and counts.
inline constexpr double kMonitoringDelaySecondsMax = 86'400;
inline constexpr double kProbeIntervalSecondsMin = 0.05;
inline constexpr double kProbeIntervalSecondsMax = 86'400;
inline constexpr double kProbeTimeoutSecondsMin = 0.01;
inline constexpr double kProbeTimeoutSecondsMax = 300;
inline constexpr int kProbeCountMax = 1000;
inline constexpr int kProbeRetryMax = 1000;
inline constexpr int kFlapCountMax = 100;
inline constexpr double kFlapSecondsMax = 86'400;
inline constexpr size_t kHttpProbePathBytesMax = 1024;
inline constexpr size_t kHttpProbeStatusesMax = 16;
inline constexpr size_t kHttpProbeBodyTextBytesMax = 1024;
inline constexpr size_t kGrpcServiceBytesMax = 255;
inline constexpr double kCheckIntervalSecondsMin = 1;
inline constexpr size_t kCheckArgumentsMax = 64;
inline constexpr size_t kCheckArgumentBytesMax = 1024;
inline constexpr size_t kReceiversPerVnfdMax = 8;
inline constexpr size_t kReceiverUrlBytesMax = 2048;
inline constexpr double kScalingCooldownSecondsMax = 86'400;
inline constexpr int kRespawnLimitMax = 1000;
inline constexpr double kGuardWindowSecondsMax = 7 * 86'400;
inline constexpr int kStormMinimumMax = 1'000'000;

// Executor.
inline constexpr uint32_t kActionsPerExecutorMax = 1'000'000;
inline constexpr size_t kActionsPerFrameMax = 1000;
inline constexpr size_t kWatchersPerExecutorMax = 1000;
inline constexpr size_t kEventsQueuedPerWatcherMax = 10'000;
inline constexpr size_t kReportsInFlightMax = 256;
inline constexpr size_t kWitnessProbesMax = 1000;
// Frames of a session that wait to be carried out.
inline constexpr size_t kSessionBytesQueuedMax = 256u << 20;
inline constexpr size_t kProbeReplyBytesMax = 64u << 10;
inline constexpr size_t kConnectionProbesInFlightMax = 4096;
// Connections that wait for their target's next probe (keep_alive).
inline constexpr size_t kConnectionsKeptMax = 16'384;
inline constexpr size_t kSourceAddressesMax = 64;
// Check programs at a time, and what is kept of the output of each.
inline constexpr size_t kChecksInFlightMax = 64;
inline constexpr size_t kCheckOutputBytesMax = 4096;

// Operations.
inline constexpr int kOperationAttemptsMax = 10;
inline constexpr int kForceDeleteAttemptsMax = 3;
inline constexpr int kDeploymentWaitSecondsMax = 600;

// Conductor: what one round of placement moves; one frame of a session, and the commands and
// results in it that wait; the context of a report.
inline constexpr int kPlacementsPerRoundMax = 5000;
inline constexpr size_t kSessionFrameBytesMax = 1u << 20;
inline constexpr size_t kSessionFramesQueuedMax = 256;
inline constexpr size_t kSessionCommandsInFlightMax = 10'000;
inline constexpr int kReportContextPairsMax = 16;
inline constexpr size_t kReportReasonBytesMax = 512;
inline constexpr size_t kNotifySecretBytesMax = 4096;

// Workflow engine: tasks of one execution, items of one task, executions of one tree and their
// nesting, ad-hoc actions within each other, what one event may lead to at once.
inline constexpr size_t kTasksPerExecutionMax = 10'000;
inline constexpr size_t kItemsPerTaskMax = 10'000;
inline constexpr size_t kExecutionsPerTreeMax = 10'000;
inline constexpr int kSubWorkflowDepthMax = 32;
inline constexpr size_t kAdHocDepthMax = 32;
inline constexpr int kEngineRoundsMax = 100'000;

// Standard actions: the longest wait, the largest dict that std.test_dict makes.
inline constexpr int64_t kSleepSecondsMax = 10LL * 365 * 86'400;
inline constexpr int kTestDictKeysMax = 100'000;

// Expressions (YAQL, Jinja2): the text of one, the nesting of its tree and of its evaluation, the
// steps of an evaluation, the memory its values take, the nesting and size of one value, one
// string, one integer, the result.
inline constexpr size_t kExpressionTextBytesMax = 64u << 10;
inline constexpr int kExpressionDepthMax = 200;
inline constexpr int kExpressionCallsMax = 400;
inline constexpr int64_t kExpressionStepsMax = 2'000'000;
inline constexpr size_t kExpressionHeapBytesMax = 64u << 20;
inline constexpr int kExpressionValueDepthMax = 128;
inline constexpr size_t kExpressionValueNodesMax = 2'000'000;
inline constexpr size_t kExpressionStringBytesMax = 8u << 20;
inline constexpr size_t kExpressionIntegerBitsMax = 16'384;
inline constexpr size_t kExpressionOutputBytesMax = 1u << 20;

}  // namespace gregale::base
