// Tasks and people for pictures.
export const me = { id: "01J", name: "Ada", role: "annotator", pools: ["readers"], today: 14, total: 210, median_seconds: 42 };

export const compare = {
  lease: "L1", task: "T1",
  form: {
    title: "Which answer is better?",
    guide: "# Which answer is better?\n\nRead the question, then both answers to their end. **Better** is the answer that you would\nrather have been given:\n\n1. Does it do what was asked?\n2. Is it true?\n3. Is it clear, and not longer than it needs to be?\n\n*Example.* \"Name a fruit.\"\n\n- left: \"An apple.\" right: \"Fruits are part of a healthy diet.\"\n  That is 1: right does not answer.\n",
    show: [{ kind: "text", fields: ["prompt"] }, { kind: "pair", fields: ["left", "right"] }],
    ask: [{ name: "preference", kind: "scale", points: 9, left: "left much better", right: "right much better" }, { name: "why", kind: "longtext", optional: true }],
  },
  item: {
    prompt: "Why does bread go stale faster in the fridge than on the counter?",
    left: "Bread goes stale because its starch slowly crystallises again, which is called retrogradation. That happens fastest a few degrees above freezing, so a fridge is the worst place for it. On the counter it stales more slowly, and in a freezer almost not at all. What a fridge does prevent is mould.",
    right: "It is because the fridge is cold and takes the water out of the bread. The air in a fridge is very dry, so you should always wrap your bread tightly.\n\nTips:\n- Use a bread box.\n- Keep it away from apples 🍎.\n- Toast it when it is old.",
  },
};

const tide = "They had come down to the sand at the lowest hour of the tide, when the island stood up out of the bay like a ship aground, and the channel between was no more than a strip of wet light. \u201cTwo miles,\u201d said her brother. \u201cWe shall be across before tea.\u201d\n\nAgnes looked at the sky. She had been told about the bay when she was small: how the water did not come in from the sea, as one would think, but rose from behind, filling the gullies first, so that whoever walked there found himself on an island of his own before he had seen a single wave. She had been told of the carter and his two horses.\n\n\u201cIt is later than you think,\u201d she said.\n\n\u201cIt is always later than you think, Agnes.\u201d He was already walking. The sand was ribbed and hard, and held small pools in which the sky lay in pieces. For half a mile neither spoke. Then she saw that the pools had begun, very slightly, to tremble. He laughed when she took his arm, and did not look down. \u201cYou are cold,\u201d he said. Behind them the posts that marked the way stood in a line, and the last of them, she saw, had a dark ring at its foot that had not been there before.\n\nShe counted the posts. There had been eleven. She began to walk faster, not quite running, for she did not want him to see her run, and he, who thought that she was cold, kept step with her and talked about tea.";

export const passage = {
  lease: "L2", task: "T2",
  form: {
    title: "Answer from the passage",
    show: [{ kind: "passage", fields: ["text"] }, { kind: "text", fields: ["question"] }],
    ask: [{ name: "answer", kind: "longtext", max_words: 80 }, { name: "evidence", kind: "quote", of: "text", max_chars: 250 }],
  },
  item: { text: tide, question: "What is Agnes afraid of, and how does the reader learn it?" },
};

export const verdict = {
  lease: "L3", task: "T3",
  form: {
    title: "Judge the digest",
    show: [{ kind: "passage", fields: ["text"] }, { kind: "text", fields: ["question"] }, { kind: "text", fields: ["digest"] }],
    ask: [
      { name: "accuracy", kind: "scale", points: 7, left: "wrong", right: "right in everything" },
      { name: "coverage", kind: "scale", points: 7, left: "misses the point", right: "misses nothing" },
      { name: "flaws", kind: "choice", several: true, optional: true, options: ["invents something", "too long", "hard to read"] },
      { name: "why", kind: "longtext", optional: true },
    ],
  },
  item: { text: tide, question: "What is Agnes afraid of, and how does the reader learn it?", digest: "Agnes fears that the tide will cut them off, as it did the carter. We learn it from what she was told as a child and from what she notices: the trembling pools, and the dark ring at the last post." },
};

export const past = [
  { answer: "A9", task: "T9", time: new Date(Date.now() - 60_000).toISOString(), seconds: 38, form: compare.form, item: compare.item, values: { preference: 2, why: "The right one is wrong about the water." }, undone: false, late: false },
  { answer: "A8", task: "T8", time: new Date(Date.now() - 400_000).toISOString(), seconds: 61.2, form: compare.form, item: { ...compare.item, prompt: "Write a haiku about a bicycle." }, values: { preference: 5 }, undone: true, late: false },
];
