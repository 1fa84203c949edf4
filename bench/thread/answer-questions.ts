import { parentPort } from "node:worker_threads";

/** The thread's side of `SupervisedThread`: says that it is ready, then answers one question after the other. */
export function answerQuestions<Question, Answer>(
  answer: (question: Question) => Promise<Answer>,
): void {
  const port = parentPort;
  if (port === null) throw new Error("answerQuestions belongs into a worker thread");
  port.on("message", (question: Question) => {
    // What `answer` throws must end the thread, so that the caller learns of it.
    void answer(question).then((value) => port.postMessage(value));
  });
  port.postMessage("ready");
}
