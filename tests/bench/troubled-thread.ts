import { answerQuestions } from "../../bench/thread/answer-questions.ts";

/** Says what it is told, and knows three ways not to. */
answerQuestions<string, string>(async (question) => {
  if (question === "throws") throw new Error("as asked");
  if (question === "exits") process.exit(3);
  if (question !== "loops") return question;
  for (;;);
});
