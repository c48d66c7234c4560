// SPDX-License-Identifier: Apache-2.0
//
// What servers do that are not well, played on the loopback interface.
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/connectors/hdfs/web_hdfs.h"
#include "thalweg/testing/line_server.h"

namespace thalweg::hdfs {
namespace {

using testing::LineServer;
using testing::Reply;

constexpr char file_of_ten[] =
    R"({"FileStatus":{"length":10,"modificationTime":1,"permission":"644","type":"FILE"}})";

Reply http(const std::string& status, const std::string& body, const std::string& headers = "") {
  return {"HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
              headers + "Connection: close\r\n\r\n" + body,
          Reply::End::hang, 0};
}
/// A chunk, and then what is none. (A connection that is reset may take along what was sent on it.)
Reply broken_off(const std::string& chunk) {
  std::string size(1, static_cast<char>('0' + chunk.size()));
  return {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + size + "\r\n" + chunk +
              "\r\nnone\r\n",
          Reply::End::hang, 0};
}
Reply exception(const std::string& status, const std::string& name, const std::string& message) {
  return http(status, R"({"RemoteException":{"exception":")" + name + R"(","message":")" + message +
                          R"("}})");
}
Reply redirect(const LineServer& to) {
  return http("307 Temporary Redirect", "",
              "Location: http://127.0.0.1:" + std::to_string(to.port()) + "/webhdfs/v1/f\r\n");
}

/// A file system whose one cluster, "nn", has its NameNodes at these ports.
std::unique_ptr<WebHdfs> files_at(const std::vector<std::uint16_t>& ports) {
  WebHdfsOptions options;
  for (auto port : ports) {
    options.web_addresses["nn"].push_back("127.0.0.1:" + std::to_string(port));
  }
  return std::make_unique<WebHdfs>(std::move(options), SystemClock::instance());
}

std::string at_port(const LineServer& server) {
  return "127.0.0.1:" + std::to_string(server.port());
}

TEST(WebHdfsFaultsTest, ReadsOnFromWhereADataNodeBrokeOff) {
  LineServer data_node({broken_off("0123"), http("200 OK", "456789")});
  LineServer name_node({http("200 OK", file_of_ten), redirect(data_node), redirect(data_node)});
  auto files = files_at({name_node.port()});
  auto file = files->open_read("nn/f").value();
  std::string bytes(10, '\0');

  auto got = file->read_at(0, bytes.data(), bytes.size());

  ASSERT_TRUE(got.ok()) << got.status().to_string();
  EXPECT_EQ(bytes, "0123456789");
}

TEST(WebHdfsFaultsTest, TakesNoMoreBytesThanItAskedFor) {
  LineServer data_node(http("200 OK", "0123456789 and more"));
  LineServer name_node({http("200 OK", file_of_ten), redirect(data_node)});
  auto files = files_at({name_node.port()});
  auto file = files->open_read("nn/f").value();
  std::string bytes(10, '\0');

  auto got = file->read_at(0, bytes.data(), bytes.size());

  ASSERT_TRUE(got.ok()) << got.status().to_string();
  EXPECT_EQ(bytes, "0123456789");
}

TEST(WebHdfsFaultsTest, AsksTheActiveNameNode) {
  LineServer standby(exception("403 Forbidden", "StandbyException", "in state standby"));
  LineServer active(http("200 OK", file_of_ten));
  auto files = files_at({standby.port(), active.port()});

  EXPECT_TRUE(files->describe("nn/f").ok());
  EXPECT_TRUE(files->describe("nn/f").ok());

  EXPECT_EQ(standby.client_count() + active.client_count(), 3U);
}

TEST(WebHdfsFaultsTest, WaitsForANameNodeThatIsStarting) {
  LineServer name_node(
      {exception("403 Forbidden", "RetriableException", "Namenode is in startup mode"),
       exception("403 Forbidden", "SafeModeException", "Name node is in safe mode"),
       http("503 Service Unavailable", ""), http("200 OK", R"({"boolean":true})")});
  auto files = files_at({name_node.port()});

  Status made = files->make_directories("nn/d");

  EXPECT_TRUE(made.ok()) << made.to_string();
}

TEST(WebHdfsFaultsTest, LooksWhetherARenameWasDoneWhoseAnswerWasLost) {
  LineServer name_node({broken_off("{"),                                            // The rename.
                        exception("404 Not Found", "FileNotFoundException", "/a"),  // Its source.
                        http("200 OK", file_of_ten)});                              // Its target.
  auto files = files_at({name_node.port()});

  Status renamed = files->rename("nn/a", "nn/b");

  EXPECT_TRUE(renamed.ok()) << renamed.to_string();
}

// proves: hdfs: auth and TLS messages
TEST(WebHdfsFaultsTest, SaysThatKerberosIsNotSpoken) {
  LineServer name_node(http("401 Unauthorized", "<html>", "WWW-Authenticate: Negotiate\r\n"));
  auto files = files_at({name_node.port()});

  EXPECT_EQ(files->describe("nn/f").status().to_string(),
            "unsupported: file not found: hdfs://nn/f (" + at_port(name_node) +
                ": the cluster asks for Kerberos, which Thalweg does not speak yet)");
}

TEST(WebHdfsFaultsTest, SaysThatAnotherKindOfServerAnswers) {
  LineServer name_node(http("200 OK", "<html>hello</html>"));
  auto files = files_at({name_node.port()});

  std::string message = files->describe("nn/f").status().to_string();

  EXPECT_TRUE(message.starts_with("unavailable: the answer about hdfs://nn/f is not WebHDFS's ("))
      << message;
}

TEST(WebHdfsFaultsTest, DoesNotListTheSamePageForEver) {
  LineServer name_node(http("200 OK", R"({"DirectoryListing":{"partialListing":{"FileStatuses":)"
                                      R"({"FileStatus":[{"length":0,"modificationTime":1,)"
                                      R"("permission":"755","type":"FILE","pathSuffix":"a"}]}},)"
                                      R"("remainingEntries":1}})"));
  auto files = files_at({name_node.port()});

  std::string message = files->list("nn/d").status().to_string();

  EXPECT_NE(message.find("it lists the same entries again"), std::string::npos) << message;
}

}  // namespace
}  // namespace thalweg::hdfs
