#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "store/event_table.h"
#include "store/vim_table.h"
#include "store/vnf_table.h"
#include "store/vnfd_table.h"
#include "store_fixture.h"

namespace gregale::store {
namespace {

Vim SomeVim(const std::string& id, const std::string& tenant, const std::string& name) {
  Vim vim;
  vim.id = id;
  vim.tenant_id = tenant;
  vim.name = name;
  vim.type = "local";
  vim.auth_url = "http://127.0.0.1:5000/v3";
  vim.auth_cred = R"({"username": "a"})";
  vim.sealed_secrets = "v1:c2VjcmV0";
  vim.status = "REACHABLE";
  return vim;
}

Vnfd SomeVnfd(const std::string& id, const std::string& name) {
  Vnfd vnfd;
  vnfd.id = id;
  vnfd.tenant_id = "t1";
  vnfd.name = name;
  vnfd.template_yaml = "tosca_definitions_version: x\n";
  vnfd.template_source = "onboarded";
  return vnfd;
}

Vnf SomeVnf(const std::string& id, const std::string& tenant, const std::string& name) {
  Vnf vnf;
  vnf.id = id;
  vnf.tenant_id = tenant;
  vnf.name = name;
  vnf.vnfd_id = "d1";
  vnf.attributes = {{"monitoring_policy", "\"quoted\"\n\xc3\xa4"}, {"empty", ""}};
  return vnf;
}

template <typename Record>
std::vector<std::string> Ids(const std::vector<Record>& records) {
  std::vector<std::string> ids;
  for (const Record& record : records) ids.push_back(record.id);
  return ids;
}

using Strings = std::vector<std::string>;

TEST_CASE("A VIM is kept as it was written") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  Vim vim = SomeVim("v1", "t1", "lab");
  vim.is_default = true;
  vim.description = "the lab's";
  vim.vim_project = R"({"name": "p"})";
  vim.placement_attr = R"({"regions": ["r"]})";
  fixture.Do([&](Txn& txn) { return InsertVim(txn, vim); });

  Vim read = fixture.Get([](Txn& txn) { return GetVim(txn, "v1"); });
  CHECK(read.tenant_id == "t1");
  CHECK(read.name == "lab");
  CHECK(read.description == "the lab's");
  CHECK(read.type == "local");
  CHECK(read.auth_url == vim.auth_url);
  CHECK(read.auth_cred == vim.auth_cred);
  CHECK(read.sealed_secrets == vim.sealed_secrets);
  CHECK(read.vim_project == vim.vim_project);
  CHECK(read.placement_attr == vim.placement_attr);
  CHECK(read.is_default);
  CHECK(read.status == "REACHABLE");
  CHECK(read.created_at == fixture.clock.Wall());
  CHECK(read.updated_at == absl::InfinitePast());

  fixture.clock.Advance(absl::Seconds(1));
  read.status = "UNREACHABLE";
  fixture.Do([&](Txn& txn) { return UpdateVim(txn, read); });
  const Vim updated = fixture.Get([](Txn& txn) { return GetVim(txn, "v1"); });
  CHECK(updated.status == "UNREACHABLE");
  CHECK(updated.updated_at == fixture.clock.Wall());

  fixture.Do([](Txn& txn) { return DeleteVim(txn, "v1"); });
  for (const absl::Status& status :
       {fixture.Try([](Txn& txn) { return GetVim(txn, "v1").status(); }),
        fixture.Try([](Txn& txn) { return DeleteVim(txn, "v1"); }),
        fixture.Try([&](Txn& txn) { return UpdateVim(txn, read); })}) {
    CHECK(absl::IsNotFound(status));
    CHECK(base::ErrorKind(status) == "VimNotFound");
  }
}

TEST_CASE("The default VIM is the project's, else anybody's") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  const absl::Status none = fixture.Try([](Txn& txn) { return GetDefaultVim(txn, "t1").status(); });
  CHECK(absl::IsNotFound(none));
  CHECK(base::ErrorKind(none) == "VimDefaultNotDefined");
  fixture.Do([](Txn& txn) {
    Vim other = SomeVim("v1", "t1", "a");
    Vim mine = SomeVim("v2", "t2", "a");
    other.is_default = mine.is_default = true;
    GREGALE_RETURN_IF_ERROR(InsertVim(txn, other));
    GREGALE_RETURN_IF_ERROR(InsertVim(txn, mine));
    return InsertVim(txn, SomeVim("v3", "t3", "a"));
  });
  CHECK(fixture.Get([](Txn& txn) { return GetDefaultVim(txn, "t2"); }).id == "v2");
  CHECK(fixture.Get([](Txn& txn) { return GetDefaultVim(txn, "t3"); }).id == "v1");
  CHECK(fixture.Get([](Txn& txn) {
                 return ListVims(txn, {.equals = {{"type", {"local"}}}});
               })
            .size() == 3);
}

TEST_CASE("Names are unique within a project, and only there") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  fixture.Do([](Txn& txn) {
    GREGALE_RETURN_IF_ERROR(InsertVim(txn, SomeVim("m1", "t1", "n")));
    GREGALE_RETURN_IF_ERROR(InsertVnfd(txn, SomeVnfd("d1", "n")));
    GREGALE_RETURN_IF_ERROR(InsertVnf(txn, SomeVnf("f1", "t1", "n")));
    return InsertVnf(txn, SomeVnf("f2", "t2", "n"));
  });
  for (const absl::Status& status :
       {fixture.Try([](Txn& txn) { return InsertVim(txn, SomeVim("m2", "t1", "n")); }),
        fixture.Try([](Txn& txn) { return InsertVnfd(txn, SomeVnfd("d2", "n")); }),
        fixture.Try([](Txn& txn) { return InsertVnf(txn, SomeVnf("f3", "t1", "n")); }),
        fixture.Try([](Txn& txn) { return InsertVnf(txn, SomeVnf("f1", "t1", "x")); })}) {
    CHECK(absl::IsAlreadyExists(status));
    CHECK(base::ErrorKind(status) == "DuplicateEntity");
  }
  // Found out without spoiling the transaction: the rest of it stands.
  fixture.Do([](Txn& txn) {
    CHECK(absl::IsAlreadyExists(InsertVnf(txn, SomeVnf("f3", "t1", "n"))));
    return InsertVnf(txn, SomeVnf("f3", "t1", "m"));
  });
  CHECK(Ids(fixture.Get([](Txn& txn) { return ListVnfs(txn, {}); })) == Strings{"f1", "f2", "f3"});
}

TEST_CASE("A VNFD is kept as it was written") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  Vnfd vnfd = SomeVnfd("d1", "one");
  vnfd.description = "a tab\t, a quote' and a question?";
  vnfd.created_at = absl::FromUnixMicros(1'500'000'000'123'456);
  fixture.Do([&](Txn& txn) { return InsertVnfd(txn, vnfd); });
  const Vnfd read = fixture.Get([](Txn& txn) { return GetVnfd(txn, "d1"); });
  CHECK(read.description == vnfd.description);
  CHECK(read.template_yaml == vnfd.template_yaml);
  CHECK(read.template_source == "onboarded");
  CHECK(read.created_at == vnfd.created_at);
  CHECK(fixture
            .Get([](Txn& txn) {
              return ListVnfds(txn, {.equals = {{"template_source", {"inline"}}}});
            })
            .empty());
  fixture.Do([](Txn& txn) { return DeleteVnfd(txn, "d1"); });
  CHECK(base::ErrorKind(fixture.Try([](Txn& txn) { return DeleteVnfd(txn, "d1"); })) ==
        "VNFDNotFound");
}

TEST_CASE("A VNF is kept as it was written, with what belongs to it") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  fixture.Do([](Txn& txn) { return InsertVnf(txn, SomeVnf("f1", "t1", "one")); });
  Vnf vnf = fixture.Get([](Txn& txn) { return GetVnf(txn, "f1"); });
  CHECK(vnf.status == VnfStatus::kPendingCreate);
  CHECK(vnf.attributes == SomeVnf("f1", "t1", "one").attributes);
  CHECK(vnf.mistral_action_id.empty());

  fixture.clock.Advance(absl::Seconds(2));
  vnf.status = VnfStatus::kActive;
  vnf.instance_id = "i1";
  vnf.vim_id = "m1";
  vnf.mgmt_ip_address = R"({"VDU1": "198.18.0.3"})";
  vnf.mistral_action_id = "a1";
  vnf.error_reason = "none";
  vnf.placement_attr = "{}";
  fixture.Do([&](Txn& txn) { return UpdateVnf(txn, vnf); });
  const Vnf read = fixture.Get([](Txn& txn) { return GetVnf(txn, "f1"); });
  CHECK(read.status == VnfStatus::kActive);
  CHECK(read.instance_id == "i1");
  CHECK(read.vim_id == "m1");
  CHECK(read.mgmt_ip_address == vnf.mgmt_ip_address);
  CHECK(read.mistral_action_id == "a1");
  CHECK(read.error_reason == "none");
  CHECK(read.placement_attr == "{}");
  CHECK(read.updated_at == fixture.clock.Wall());
  CHECK(vnf.updated_at == read.updated_at);

  fixture.Do([](Txn& txn) {
    GREGALE_RETURN_IF_ERROR(ReplaceVduInstances(txn, "f1",
                                                {{"", "VDU2", 0, "r3", {}},
                                                 {"", "VDU1", 1, "r2", {"198.18.0.4", "fd00::4"}},
                                                 {"", "VDU1", 0, "r1", {"198.18.0.3"}}}));
    return ReplaceVnfResources(
        txn, "f1", {{"", "z", "OS::Nova::Server", "r1"}, {"", "a", "OS::Neutron::Port", "p1"}});
  });
  const auto instances = fixture.Get([](Txn& txn) { return ListVduInstances(txn, "f1"); });
  REQUIRE(instances.size() == 3);
  CHECK(instances[0].resource_id == "r1");
  CHECK(instances[1].addresses == Strings{"198.18.0.4", "fd00::4"});
  CHECK(instances[1].index == 1);
  CHECK(instances[2].vdu == "VDU2");
  CHECK(instances[2].vnf_id == "f1");
  const auto resources = fixture.Get([](Txn& txn) { return ListVnfResources(txn, "f1"); });
  REQUIRE(resources.size() == 2);
  CHECK(resources[0].name == "z");
  CHECK(resources[1].type == "OS::Neutron::Port");

  fixture.Do([](Txn& txn) { return ReplaceVduInstances(txn, "f1", {{"", "V", 0, "r9", {}}}); });
  CHECK(fixture.Get([](Txn& txn) { return ListVduInstances(txn, "f1"); }).size() == 1);
  fixture.Do([](Txn& txn) { return DeleteVnf(txn, "f1"); });
  CHECK(fixture.Get([](Txn& txn) { return ListVduInstances(txn, "f1"); }).empty());
  CHECK(fixture.Get([](Txn& txn) { return ListVnfResources(txn, "f1"); }).empty());
  CHECK(absl::IsNotFound(fixture.Try([&](Txn& txn) { return UpdateVnf(txn, vnf); })));
  CHECK(base::ErrorKind(fixture.Try([](Txn& txn) { return DeleteVnf(txn, "f1"); })) ==
        "VNFNotFound");
  const absl::Status orphan = fixture.Try([](Txn& txn) {
    return ReplaceVduInstances(txn, "f1", {{"", "V", 0, "r", {}}});
  });
  CHECK(absl::IsFailedPrecondition(orphan));
}

TEST_CASE("Every state of a VNF has a text, and a text that is none is ERROR") {
  for (int i = 0; i <= static_cast<int>(VnfStatus::kError); ++i) {
    const auto status = static_cast<VnfStatus>(i);
    CHECK(VnfStatusFromText(ToText(status)) == status);
  }
  CHECK(ToText(VnfStatus::kPendingScaleOut) == "PENDING_SCALE_OUT");
  CHECK(VnfStatusFromText("active") == VnfStatus::kError);
}

TEST_CASE("A list comes in pages, in order of creation, filtered") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  fixture.Do([](Txn& txn) {
    for (const char* id : {"f9", "f3", "f7", "f1", "f5"}) {
      Vnf vnf = SomeVnf(id, id[1] > '4' ? "t1" : "t2", id);
      vnf.status = id[1] == '7' ? VnfStatus::kActive : VnfStatus::kError;
      vnf.description = id[1] == '1' ? "one" : "";
      GREGALE_RETURN_IF_ERROR(InsertVnf(txn, vnf));
    }
    return absl::OkStatus();
  });
  const auto list = [&](const ListQuery& query) {
    return Ids(fixture.Get([&](Txn& txn) { return ListVnfs(txn, query); }));
  };
  CHECK(list({}) == Strings{"f9", "f3", "f7", "f1", "f5"});
  CHECK(list({.limit = 2}) == Strings{"f9", "f3"});
  CHECK(list({.marker = "f3", .limit = 2}) == Strings{"f7", "f1"});
  CHECK(list({.marker = "f5"}).empty());
  CHECK(list({.limit = base::kPageRowsMax + 1}).size() == 5);
  CHECK(list({.tenant_id = "t1"}) == Strings{"f9", "f7", "f5"});
  CHECK(list({.tenant_id = "t1", .marker = "f7"}) == Strings{"f5"});
  CHECK(list({.equals = {{"name", {"f1", "f7", "?"}}}}) == Strings{"f7", "f1"});
  CHECK(list({.equals = {{"status", {"ERROR"}}, {"name", {"f7", "f5"}}}}) == Strings{"f5"});
  CHECK(list({.equals = {{"description", {""}}}}) == Strings{"f9", "f3", "f7", "f5"});
  CHECK(list({.equals = {{"description", {"one", ""}}}}).size() == 5);
  CHECK(list({.equals = {{"name", {}}}}).empty());
  CHECK(list({.equals = {{"name", {"' OR 1=1 --"}}}}).empty());

  const auto fails = [&](const ListQuery& query) {
    return fixture.Try([&](Txn& txn) { return ListVnfs(txn, query).status(); });
  };
  CHECK(absl::IsNotFound(fails({.marker = "f0"})));
  CHECK(absl::IsInvalidArgument(fails({.equals = {{"attributes", {"x"}}}})));
  CHECK(absl::IsInvalidArgument(fails({.equals = {{"1=1 --", {"x"}}}})));
  const Strings many(base::kFilterValuesMax + 1, "x");
  CHECK(absl::IsInvalidArgument(fails({.equals = {{"name", many}}})));
}

TEST_CASE("A list is sorted by any of its columns, and pages in that order lose no row") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  fixture.Do([&](Txn& txn) {
    for (const char* id : {"b1", "a1", "c2", "a3", "b2", "a2"}) {
      Vnf vnf = SomeVnf(id, "t1", std::string{'n', id[1], id[0]});
      vnf.description = id[0] == 'c' ? "" : std::string(1, id[0]);
      vnf.created_at = txn.now() - absl::Seconds(id[1]);
      GREGALE_RETURN_IF_ERROR(InsertVnf(txn, vnf));
    }
    return absl::OkStatus();
  });
  const auto list = [&](const ListQuery& query) {
    return Ids(fixture.Get([&](Txn& txn) { return ListVnfs(txn, query); }));
  };
  const SortKey name = {"name"};
  const SortKey name_down = {"name", SortDirection::kDescending};
  const SortKey text = {"description"};
  const SortKey text_down = {"description", SortDirection::kDescending};
  const SortKey age = {"created_at"};

  CHECK(list({.sort = {name}}) == Strings{"a1", "b1", "a2", "b2", "c2", "a3"});
  CHECK(list({.sort = {age, name_down}}) == Strings{"a3", "c2", "b2", "a2", "b1", "a1"});
  CHECK(list({.sort = {text}}) == Strings{"c2", "a1", "a3", "a2", "b1", "b2"});
  CHECK(list({.sort = {text_down}}) == Strings{"b2", "b1", "a2", "a3", "a1", "c2"});
  CHECK(list({.sort = {{"updated_at"}}}).size() == 6);
  CHECK(list({.side = PageSide::kBefore}) == Strings{"b1", "a1", "c2", "a3", "b2", "a2"});
  CHECK(list({.limit = 2, .side = PageSide::kBefore}) == Strings{"b2", "a2"});
  CHECK(list({.marker = "b2", .limit = 2, .side = PageSide::kBefore}) == Strings{"c2", "a3"});

  const std::vector<std::vector<SortKey>> orders = {
      {}, {name}, {name_down}, {text}, {text_down, name}, {text, age, name_down}};
  for (const std::vector<SortKey>& sort : orders) {
    const Strings whole = list({.sort = sort});
    for (size_t i = 0; i < whole.size(); ++i) {
      const auto at = whole.begin() + static_cast<ptrdiff_t>(i);
      CHECK(list({.marker = whole[i], .sort = sort}) == Strings(at + 1, whole.end()));
      CHECK(list({.marker = whole[i], .sort = sort, .side = PageSide::kBefore}) ==
            Strings(whole.begin(), at));
    }
  }

  const auto fails = [&](const ListQuery& query) {
    return fixture.Try([&](Txn& txn) { return ListVnfs(txn, query).status(); });
  };
  CHECK(absl::IsInvalidArgument(fails({.sort = {{"attributes"}}})));
  CHECK(
      absl::IsInvalidArgument(fails({.sort = std::vector<SortKey>(base::kSortKeysMax + 1, name)})));
  // Another project's row is no place to go on from.
  CHECK(absl::IsNotFound(fails({.tenant_id = "t2", .marker = "a1"})));
}

TEST_CASE("A filter by time means the second that it names") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  const absl::Time second = absl::FromUnixSeconds(1'700'000'000);
  fixture.Do([&](Txn& txn) {
    for (int i = 0; i < 3; ++i) {
      Vnf vnf = SomeVnf(base::Cat("f", i), "t1", base::Cat("n", i));
      vnf.created_at = second + i * absl::Milliseconds(600);
      GREGALE_RETURN_IF_ERROR(InsertVnf(txn, vnf));
    }
    return absl::OkStatus();
  });
  const auto created = [&](const std::string& text) {
    return Ids(fixture.Get([&](Txn& txn) {
      return ListVnfs(txn, {.equals = {{"created_at", {text}}}});
    }));
  };
  CHECK(created("2023-11-14 22:13:20") == Strings{"f0", "f1"});
  CHECK(created("2023-11-14T22:13:20Z") == Strings{"f0", "f1"});
  CHECK(created("2023-11-14 22:13:20.6") == Strings{"f1"});
  for (const char* none : {"2023-11-14", "infinite-past", "99999-01-01 00:00:00", "x"}) {
    CHECK(created(none).empty());
  }
}

TEST_CASE("VIMs are found by whether they are the default") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  fixture.Do([](Txn& txn) {
    Vim vim = SomeVim("v1", "t1", "one");
    vim.is_default = true;
    GREGALE_RETURN_IF_ERROR(InsertVim(txn, vim));
    return InsertVim(txn, SomeVim("v2", "t1", "two"));
  });
  const auto where = [&](const std::string& text) {
    return Ids(fixture.Get([&](Txn& txn) {
      return ListVims(txn, {.equals = {{"is_default", {text}}}});
    }));
  };
  CHECK(where("True") == Strings{"v1"});
  CHECK(where("false") == Strings{"v2"});
  CHECK(where("maybe").empty());
}

TEST_CASE("A row that is removed does not give its place in the order away") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  fixture.Do([](Txn& txn) {
    GREGALE_RETURN_IF_ERROR(InsertVnfd(txn, SomeVnfd("d1", "1")));
    GREGALE_RETURN_IF_ERROR(InsertVnfd(txn, SomeVnfd("d2", "2")));
    GREGALE_RETURN_IF_ERROR(DeleteVnfd(txn, "d2"));
    return InsertEvent(txn, {.resource_id = "r"});
  });
  fixture.Do([](Txn& txn) {
    GREGALE_RETURN_IF_ERROR(InsertVnfd(txn, SomeVnfd("d3", "3")));
    return absl::OkStatus();
  });
  CHECK(Ids(fixture.Get([](Txn& txn) { return ListVnfds(txn, {.marker = "d1"}); })) ==
        Strings{"d3"});
}

TEST_CASE("Events are numbered and timed by the store") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  CHECK(fixture.Get([](Txn& txn) { return LastEventId(txn); }) == 0);
  for (const char* type : {"CREATE", "MONITOR", "DELETE"}) {
    fixture.clock.Advance(absl::Seconds(1));
    fixture.Do([&](Txn& txn) {
      return InsertEvent(txn, {.id = 77,
                               .tenant_id = "t1",
                               .resource_id = "f1",
                               .resource_type = "vnf",
                               .resource_state = "ACTIVE",
                               .event_type = type,
                               .details = "why",
                               .timestamp = absl::InfiniteFuture()});
    });
  }
  const auto all = fixture.Get([](Txn& txn) { return ListEvents(txn, {}); });
  REQUIRE(all.size() == 3);
  CHECK(all[0].id < all[1].id);
  CHECK(all[2].timestamp == fixture.clock.Wall());
  CHECK(fixture.Get([](Txn& txn) { return LastEventId(txn); }) == all[2].id);
  const Event second = fixture.Get([&](Txn& txn) { return GetEvent(txn, all[1].id); });
  CHECK(second.event_type == "MONITOR");
  CHECK(second.tenant_id == "t1");
  CHECK(second.resource_id == "f1");
  CHECK(second.resource_type == "vnf");
  CHECK(second.resource_state == "ACTIVE");
  CHECK(second.details == "why");
  CHECK(absl::IsNotFound(fixture.Try([](Txn& txn) { return GetEvent(txn, 99).status(); })));

  const auto count = [&](const ListQuery& query) {
    return fixture.Get([&](Txn& txn) { return ListEvents(txn, query); }).size();
  };
  CHECK(count({.marker = std::to_string(all[0].id)}) == 2);
  CHECK(count({.equals = {{"id", {std::to_string(all[0].id), "x"}}}}) == 1);
  CHECK(count({.equals = {{"id", {"x"}}}}) == 0);
  CHECK(count({.equals = {{"event_type", {"CREATE", "DELETE"}}}}) == 2);
  const std::string time =
      absl::FormatTime("%Y-%m-%d %H:%M:%S", all[0].timestamp, absl::UTCTimeZone());
  CHECK(count({.equals = {{"timestamp", {time}}}}) == 1);
  CHECK(count({.equals = {{"timestamp", {"yesterday"}}}}) == 0);
  CHECK(absl::IsNotFound(
      fixture.Try([](Txn& txn) { return ListEvents(txn, {.marker = "x"}).status(); })));
}

}  // namespace
}  // namespace gregale::store
