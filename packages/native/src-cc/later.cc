// Calls that may wait for a lock or a disk, made beside the event loop.
#include <utility>
#include <vector>

#include "topics.h"

namespace mapscope {
namespace {

class Later : public Napi::AsyncWorker {
 public:
  Later(Napi::Env env, std::initializer_list<Napi::Value> arrays, std::function<int64_t()> call)
      : Napi::AsyncWorker(env), promised(Napi::Promise::Deferred::New(env)), call(std::move(call)) {
    for (const Napi::Value& array : arrays) kept.push_back(Napi::Persistent(array.As<Napi::Object>()));
  }
  Napi::Promise promise() const { return promised.Promise(); }

 protected:
  void Execute() override { answer = call(); }
  void OnOK() override { promised.Resolve(number(Env(), answer)); }

 private:
  Napi::Promise::Deferred promised;
  std::function<int64_t()> call;
  std::vector<Napi::ObjectReference> kept;
  int64_t answer = 0;
};

}  // namespace

Napi::Value later(Napi::Env env, std::initializer_list<Napi::Value> arrays, std::function<int64_t()> call) {
  // Ends itself when it has answered.
  auto* worker = new Later(env, arrays, std::move(call));
  const Napi::Promise promise = worker->promise();
  worker->Queue();
  return promise;
}

}  // namespace mapscope
