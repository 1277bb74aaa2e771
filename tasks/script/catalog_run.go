package script

func settingsFamily() Family {
	return Family{"Settings", "A setting is declared once, at the top level; the command line, forms and the record of the run know it from there.", []Primitive{
		{
			"param", "param(default, help, low=, high=, one_of=, log=False)",
			"A setting of the script. Its name is the name it is assigned to, its type that of its default: a whole number, a number, True or False, or text. low and high bound it, one_of lists the values it may have, log says that sweeps vary it by factors. On the command line: -p name=value.",
			`rate = param(1e-4, "learning rate", low = 1e-7, high = 1.0, log = True)
kind = param("linear", "shape of the schedule", one_of = ["linear", "cosine"])
def run():
    print(rate, kind)`, declareParam,
		},
		{
			"param.model", `param.model(default, help)`,
			"A setting that names a model: embedded is the language model that the binary carries; a path names a GGUF file or a Hugging Face folder. Its value is the model, opened when it is first used.",
			`policy = param.model("embedded", "the model to look at")
def run():
    print(policy.name)`, nil,
		},
		{
			"param.dataset", `param.dataset(default, help, several=False, example=[row, …])`,
			"A setting that names a dataset: a file of JSON lines, also zipped with gzip. With several = True it takes several names separated by commas and reads them as one. example holds rows that show the fields; workbench recipe check tries the script on them.",
			`pairs = param.dataset("pairs.jsonl", "comparisons", several = True, example = [{"prompt": "Hi", "a": "Hello.", "b": "No.", "label": "a"}])
def run():
    print(len(pairs))`, nil,
		},
		{
			"param.pool", `param.pool(default, help)`,
			"A setting that names a pool of people: those who were invited into it. Its value is the name; an empty one means everybody.",
			`judges = param.pool("judges", "who judges")
verdict = form("Judge", show = [text("answer")], ask = [scale("quality", 7)])
items = param.dataset("", "answers", example = [{"answer": "Paris."}])
def flow(item):
    return ask(verdict, item, pool = judges).quality`, nil,
		},
	}}
}

func dataFamily() Family {
	return Family{"Data", "Datasets are streams: rows are read when they are needed and never all at once. A row is a dictionary whose fields can also be written row.field. Each row of a file has the field file, the file's name without suffixes.", []Primitive{
		{
			"dataset", "dataset(of)",
			"A dataset: of is a name, a list of names read one after another, or a list of rows.",
			`def run():
    rows = dataset([{"text": "one"}, {"text": "two"}])
    for row in rows:
        print(row.text)`, datasetPrimitive,
		},
		{
			"dataset.map", "dataset.map(function)",
			"The dataset with every row replaced by what function(row) returns: a dictionary. Applied when the row is read. row | {…} adds fields.",
			`def run():
    rows = dataset([{"x": 1}, {"x": 2}]).map(lambda row: row | {"double": 2 * row.x})
    print(rows[1].double)`, nil,
		},
		{
			"dataset.filter", "dataset.filter(function)",
			"The rows for which function(row) is true. Reads the dataset once, when the first row is needed.",
			`def run():
    print(len(dataset([{"x": 1}, {"x": 2}, {"x": 3}]).filter(lambda row: row.x > 1)))`, nil,
		},
		{
			"dataset.head", "dataset.head(n)", "The first n rows, or all if there are fewer.",
			`def run():
    print(len(dataset([{"x": i} for i in range(10)]).head(3)))`, nil,
		},
		{
			"dataset.passages", `dataset.passages(words, field="text")`,
			"Consecutive texts of a file (the paragraphs of a book) put together into passages of at most so many words, a longer text by itself. A row has text, words (how many), at (the place of its first text) and file.",
			`def run():
    book = dataset([{"text": "CHAPTER I."}, {"text": "It was late."}, {"text": "Nobody came."}])
    print([(p.text, p.words) for p in book.passages(5)])`, nil,
		},
		{
			"dataset.prompts", `dataset.prompts(model, max_tokens=0, field="prompt", template=)`,
			"What a model can be asked: rows with one field, prompt, each prompt once. It is read from the named field, or, in rows as Self-Instruct has them, from instruction and the first of instances (its input, if there is one, as a paragraph of its own). Left out are rows without one, and prompts of more than max_tokens tokens in the model's template; 0 leaves out those that do not fit into the model at all.",
			`policy = param.model("embedded", "who is asked")
def run():
    rows = dataset([{"prompt": "Name a color."}, {"instruction": "Add the numbers.", "instances": [{"input": "1 2", "output": "3"}]}])
    print([row.prompt for row in rows.prompts(policy, max_tokens = 100)])`, nil,
		},
		{
			"dataset.shuffled", "dataset.shuffled(seed=0)", "The rows in a random order that the seed determines.",
			`def run():
    print([row.x for row in dataset([{"x": i} for i in range(5)]).shuffled(seed = 1)])`, nil,
		},
		{
			"dataset.column", "dataset.column(name)",
			"One field of all rows, in memory: an array if it holds numbers, otherwise a list.",
			`def run():
    print(mean(dataset([{"x": 1}, {"x": 2}]).column("x")))`, nil,
		},
		{
			"dataset.split", `dataset.split(by=, test=0.1, within=, seed=0)`,
			"Two datasets, (train, test). by names a field whose equal values stay on one side: a test pair's prompt was then never seen in training. within names a field, such as file, inside each value of which the share is held out. Groups are ordered by a hash of seed and group and dealt to the test part until it has its share. The split is recorded; a resumed run refuses data that would split differently.",
			`def run():
    train, test = dataset([{"x": i, "group": i % 4} for i in range(40)]).split(by = "group", test = 0.25)
    print(len(train), len(test))`, nil,
		},
		{
			"dataset.tokens", `dataset.tokens(model, max_tokens=, template=, name=("prompt", "response"), …)`,
			`Adds columns of tokens. Each further argument names one: a pair of fields is a response to a prompt, of which the response and its end token are marked in the mask; one field is a text, all of it marked. Without any, the column tokens is made of prompt and response. template is chat (the model's own) or plain; the default is chat where the model has one. A prompt is a text, a transcript whose turns begin with Human: and Assistant:, or a list of messages with role and content. What is longer than max_tokens loses the beginning of its prompt, of which a quarter of the room stays, then the end of its response with the end token.`,
			`policy = param.model("embedded", "whose tokens")
def run():
    rows = dataset([{"prompt": "Name a color.", "a": "Blue.", "b": "Seven."}])
    for batch in rows.tokens(policy, a = ("prompt", "a"), b = ("prompt", "b"), max_tokens = 64).batches(1):
        print(sum(batch.a.mask), sum(batch.b.mask))`, nil,
		},
		{
			"dataset.batches", "dataset.batches(n, shuffle=False, seed=0, epochs=1, last=True)",
			"Batches of n rows, for epochs passes over the data; each pass is shuffled anew if shuffle is set, in an order that seed and pass determine. last = False leaves out a last batch that is not full. len(batches) is the number of all of them, which schedules want. Any batch can be made without those before it, so that a resumed loop goes on where it was.",
			`def run():
    batches = dataset([{"x": i} for i in range(10)]).batches(4, shuffle = True, epochs = 2)
    print(len(batches), [len(b) for b in batches])`, nil,
		},
		{
			"batch.with_columns", "batch.with_columns(other, name=values, …)",
			"The batch with more columns, or other values in them; other is a batch whose columns are taken over first. A batch's columns are its attributes: batch.label. Columns of numbers are arrays.",
			`def run():
    for batch in dataset([{"x": 1}, {"x": 2}]).batches(2):
        print(batch.with_columns(y = batch.x * 10).y)`, nil,
		},
		{
			"batch.shuffled", "batch.shuffled(seed=)",
			"The batch in a random order; without seed one that the run's seed and the place in the loop determine.",
			`def run():
    for batch in dataset([{"x": i} for i in range(4)]).batches(4):
        print(batch.shuffled(seed = 3).x)`, nil,
		},
		{
			"batch.batches", "batch.batches(n)", "A list of batches of at most n examples each, in order.",
			`def run():
    for batch in dataset([{"x": i} for i in range(5)]).batches(5):
        print([len(mini) for mini in batch.batches(2)])`, nil,
		},
		{
			"batch.pick", "batch.pick(at)", "The examples at the given places, in that order.",
			`def run():
    for batch in dataset([{"x": i} for i in range(5)]).batches(5):
        print(batch.pick([4, 0]).x)`, nil,
		},
		{
			"batch.packed", `batch.packed(limit, column="tokens", share=False)`,
			"The texts of a column of tokens behind one another, in as few rows of at most limit tokens as they fit into; a longer text has a row of its own. Arrays with a number for each token are laid out the same way; the other columns are left out. share = True has a question that several texts begin with, up to the first token that the mask marks, there once: k answers to one prompt cost little more than their own tokens. Texts of a row do not see each other and each begins at position 0, so log-probabilities and their means over tokens are those of the batch, with less padding. A row has no one end: rewards want the batch as it is.",
			`policy = param.model("embedded", "whose tokens")
def run():
    rows = dataset([{"prompt": "Name a color.", "response": r} for r in ("Blue.", "Red.", "Green.")])
    for batch in rows.tokens(policy).batches(3):
        print(len(batch), len(batch.packed(256)))`, nil,
		},
		{
			"comparisons", `comparisons(pairs, texts=, group="group", soft=True)`,
			"Files of comparisons in one form: prompt, a, b, label (a, b, tie or None), target (1 where a was preferred, 0 where b; with soft the share of votes where there are votes, a tie counting half for each), group (file and the named field, or file and prompt), source (the file) and shared (what was compared under the same question). Rows that name their sides by a_id and b_id find them in texts by topic_side and arg_id. Left out are equal or empty sides, and rows with neither label nor votes.",
			`def run():
    rows = dataset([{"prompt": "Hi", "a": "Hello.", "b": "No.", "label": "a"}, {"prompt": "Hi", "a": "Hey.", "b": "Hello.", "label": "tie"}])
    print([(row.target, row.group) for row in comparisons(rows)])`, comparisonsPrimitive,
		},
		{
			"turns", "turns(prompt)",
			"A prompt as a list of messages with role and content: a transcript whose turns begin with Human: and Assistant: (Bai et al. 2022) is split at them, any other text is one turn of the user.",
			`def run():
    print([m.role for m in turns("\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: Bye\n\nAssistant:")])`, turnsPrimitive,
		},
	}}
}

func modelsFamily() Family {
	return Family{"Models", "Models are values. What is made from a model shares its memory where it can: ten adapters on one base cost ten small matrices. Applied to the columns of the batch that a loss is given, a model returns symbolic tensors; applied to host data it computes.", []Primitive{
		{
			"model", "model(name)", "A model by its name, as param.model has it. Within a run a name is one model in memory.",
			`def run():
    print(model("embedded").name)`, loadModel,
		},
		{
			"model.adapter", `model.adapter(rank=16, alpha=2 * rank, on=, seed=)`,
			`The model with a new low-rank adapter (LoRA, Hu et al. 2021) that training changes instead of the base. on lists parts of weight names, such as ["q_proj", "v_proj"]; without it every linear weight has one. It starts as no change at all.`,
			`policy = param.model("embedded", "base")
def run():
    print(policy.adapter(rank = 4, on = ["q_proj", "v_proj"]))`, nil,
		},
		{
			"model.trainable", `model.trainable(rank=16, alpha=2 * rank, on=, seed=)`,
			"The model with an adapter to train: a copy of its own where it has one, as the result of an earlier run does, otherwise a new one as adapter(…) makes it. What an earlier run learned is learned further, and the original stays as it is; the run says so when its rank is another one.",
			`policy = param.model("embedded", "base, or the name of what an earlier run kept")
def run():
    print(policy.adapter(rank = 4).trainable(rank = 4))`, nil,
		},
		{
			"model.with_head", `model.with_head("scalar", outputs=1, zero=False, seed=)`,
			"The model with a new head that reads numbers off its final states: a reward or a value model. Several outputs are several heads on one backbone, an ensemble. Weights start from N(0, 1/(hidden + 1)), or at 0 with zero = True.",
			`policy = param.model("embedded", "base")
def run():
    print(policy.adapter(rank = 4).with_head("scalar", outputs = 2))`, nil,
		},
		{
			"model.frozen", "model.frozen()", "The model as it is now; later training does not change it, and it is never trained.",
			`policy = param.model("embedded", "base")
def run():
    reference = policy.adapter(rank = 4).frozen()
    print(reference)`, nil,
		},
		{
			"model.copy", "model.copy()", "A copy with its own memory for everything that may be trained.",
			`policy = param.model("embedded", "base")
def run():
    print(policy.adapter(rank = 4).copy())`, nil,
		},
		{
			"model.logp", "model.logp(tokens, temperature=1.0)",
			"log p of every token that the mask marks, given what stands before it, 0 elsewhere, as if p were 1 there: [batch, seq], in float32. At a temperature the logits are divided by it first, as sampling does.",
			`policy = param.model("embedded", "base")
def run():
    for batch in dataset([{"text": "Once upon a time"}]).tokens(policy, text = "text").batches(1):
        print(sum(policy.logp(batch.text), "seq"))`, nil,
		},
		{
			"model.entropy", "model.entropy(tokens, temperature=1.0)", "The entropy in nats of the distribution that each marked token was drawn from: [batch, seq].",
			`policy = param.model("embedded", "base")
def run():
    for batch in dataset([{"text": "Once upon a time"}]).tokens(policy, text = "text").batches(1):
        print(masked_mean(policy.entropy(batch.text), batch.text.mask))`, nil,
		},
		{
			"model.reward", "model.reward(tokens)", "What the model's head reads at the last token of each sequence: [batch], or [batch, output] for several outputs.",
			`policy = param.model("embedded", "base")
def run():
    reward = policy.adapter(rank = 4).with_head("scalar")
    for batch in dataset([{"prompt": "Hi", "response": "Hello."}]).tokens(reward).batches(1):
        print(reward.reward(batch.tokens))`, nil,
		},
		{
			"model.value", "model.value(tokens)", "What the model's head, of one output, reads at every token: [batch, seq].",
			`policy = param.model("embedded", "base")
def run():
    value = policy.adapter(rank = 4).with_head("scalar", zero = True)
    for batch in dataset([{"text": "Once upon"}]).tokens(value, text = "text").batches(1):
        print(value.value(batch.text))`, nil,
		},
		{
			"model.hidden", "model.hidden(tokens, layer=-1)", "States after a layer (0 are the embeddings, -1 the final, normed ones): in a loss [batch, seq, hidden], on the host a list with one array [token, hidden] for each sequence.",
			`policy = param.model("embedded", "base")
def run():
    for batch in dataset([{"text": "Once upon"}]).tokens(policy, text = "text").batches(1):
        print(policy.hidden(batch.text, layer = 1))`, nil,
		},
		{
			"model.score", `model.score(batch, prompt="prompt", response="response", max_tokens=)`,
			"Rewards of texts, with this model's own tokenizer and template: one number for each example, or a row of them for several outputs.",
			`policy = param.model("embedded", "base")
def run():
    reward = policy.adapter(rank = 4).with_head("scalar")
    for batch in dataset([{"prompt": "Hi", "response": "Hello."}]).batches(1):
        print(reward.score(batch))`, nil,
		},
		{
			"model.loglik", `model.loglik(prompts, choices, template="plain")`,
			"How likely the model finds texts that go on with a prompt: for each prompt a row with logp (an array: the log-probability of each of its choices, in nats, without an end token) and tokens (how many each has). What prompts and choices begin with in common is computed once. A plain prompt and a choice become tokens together, as in lm-evaluation-harness, and an empty prompt stands for the token that begins texts; with template = \"chat\" prompts are rendered like those of dataset.tokens. Answers of a model that the script did not make or train are remembered in the data folder.",
			`policy = param.model("embedded", "who answers")
def run():
    found = policy.loglik(["2 + 2 =", "The sky is"], [[" 4", " 5"], [" blue", " green", " loud"]])
    print([order(-row.logp)[0] for row in found])`, nil,
		},
		{
			"model.margins", "model.margins(comparisons, max_tokens=, template=)",
			"The score of a less that of b for each comparison: [batch], or [batch, output] for several outputs. An answer that meets in many comparisons is scored once.",
			`policy = param.model("embedded", "base")
def run():
    reward = policy.adapter(rank = 4).with_head("scalar")
    print(reward.margins(comparisons(dataset([{"prompt": "Hi", "a": "Hello.", "b": "No.", "label": "a"}]))))`, nil,
		},
		{
			"model.sample", `model.sample(prompts, n=1, max_tokens=128, temperature=1.0, top_p=1.0, top_k=0, min_p=0.0, stop=[], seed=, template=)`,
			"Responses to prompts: a batch with a column prompt, or a list of texts. Returns a batch with n examples for each prompt: prompt, response, tokens (mask: the response), logp [batch, seq] as they were drawn, ended (1 where the response ended by itself) and reason, and the columns of the prompts. Without seed one that the run's seed and the place in the loop determine.",
			`policy = param.model("embedded", "base")
def run():
    out = policy.sample(["Name a color."], n = 2, max_tokens = 4)
    print(len(out), out.ended)`, nil,
		},
		{
			"model.fit_head", `model.fit_head(texts, compared, decay=0.1, column="tokens", keep=False, seed=)`,
			"Sets the head to the one answer that makes comparisons likeliest, given the model's states as they are: the minimum of the mean -log sigmoid(margin) of Bradley and Terry plus decay/2 times the squared head, on states scaled to a deviation of 1; with keep = True, times its squared distance from the head as it is, which a model that has learned from much keeps where little is new. texts is a dataset with tokens; compared lists (a, b, target) or (a, b, target, weight): the places of two texts, 1 where the first was preferred, 0 where the second, 0.5 for a tie. Cheap, since each text is read once. Fitting the head before an adapter is trained keeps a random start from distorting the states (Kumar et al. 2022). Several outputs are fitted to comparisons drawn with replacement. Returns nll and accuracy on these comparisons.",
			`policy = param.model("embedded", "base")
def run():
    reward = policy.with_head("scalar")
    texts  = dataset([{"prompt": "Hi", "response": r} for r in ("Hello.", "No.", "Hi!")])
    print(reward.fit_head(texts.tokens(policy), [(0, 1, 1.0), (2, 1, 1.0), (0, 2, 0.5)]).accuracy)`, nil,
		},
		{
			"model.center", "model.center(mean)",
			"Lowers the head's bias by mean (a number, or one for each output), so that what scored mean scores 0. Rewards are defined up to a constant; a mean of 0 makes them comparable.",
			`policy = param.model("embedded", "base")
def run():
    reward = policy.adapter(rank = 4).with_head("scalar")
    reward.center(0.5)`, nil,
		},
	}}
}

func trainingFamily() Family {
	return Family{"Training", "A loss is a function of a batch that returns a tensor without axes, or that and a dictionary of metrics. It is called once for each shape of batch, with symbolic tensors whose axes are named; what it returns is differentiated and compiled.", []Primitive{
		{
			"trainer", "trainer(loss, of=[model, …], optimizer=adamw(…), schedule=, clip=0.0, micro_tokens=1024, backward=\"f32\", verify=True)",
			"Fits models to a loss. clip is the largest norm of the whole gradient, 0 for no limit. micro_tokens bounds how many tokens run together; a batch is split and its gradients are added up, which changes nothing but memory. backward = \"int8\" lets gradients pass frozen weights in 8 bits, which is faster on CPUs with VNNI and has no effect on others: the loss stays exact, the gradient keeps its direction (cosine 0.996 on real text). Construct it before the loop. Before the first step the run measures and records what must hold for it to be believed, unless verify is False: what the mask covers, that padding and packing change no log-probability, and that a batch has the gradient of its rows taken one by one.",
			trainerExample, makeTrainer,
		},
		{
			"trainer.step", "trainer.step(batch), or trainer(batch)",
			"One update. Returns the metrics: loss, grad_norm, lr, tokens, and those of the loss. A loss that is not a number stops the run; the weights stay those of the step before.",
			trainerExample, nil,
		},
		{
			"adamw", "adamw(lr, beta1=0.9, beta2=0.999, eps=1e-8, decay=0.0)", "AdamW (Loshchilov and Hutter 2019). decay applies to matrices only.",
			`def run():
    print(adamw(1e-4, decay = 0.1))`, makeAdamW,
		},
		{"constant", "constant()", "The schedule that keeps the learning rate.", `def run():
    print(constant())`, makeConstant},
		{
			"linear", "linear(steps, warmup=0)", "A schedule that rises over the warm-up (a number of steps, or below 1 a share of them) and falls in a line to 0.",
			`def run():
    print(linear(100, warmup = 0.1))`, makeLinear,
		},
		{
			"cosine", "cosine(steps, warmup=0, floor=0.0)", "A schedule that rises over the warm-up (a number of steps, or below 1 a share of them) and falls as half a cosine wave to floor.",
			`def run():
    print(cosine(100, warmup = 10, floor = 0.1))`, makeCosine,
		},
	}}
}

const trainerExample = `base = param.model("embedded", "the model that the adapter is put on")
policy = base.adapter(rank = 4)
def loss(b):
    return -masked_mean(policy.logp(b.tokens), b.tokens.mask)
def run():
    rows = dataset([{"prompt": "Say a", "response": "a"}, {"prompt": "Say b", "response": "b"}])
    step = trainer(loss, of = [policy], optimizer = adamw(1e-3), clip = 1.0)
    for batch in rows.tokens(policy, max_tokens = 64).batches(2, epochs = 3):
        print(step(batch)["loss"])`

func loopFamily() Family {
	return Family{"The loop", "A run has one marked loop. At its boundaries everything is saved that the script constructed before it, and a run that was stopped or killed goes on there exactly.", []Primitive{
		{
			"loop", "loop(iterable, every=0, seconds=120, keep=2)",
			"Goes through batches, a range or a list, and makes a checkpoint every so many iterations or seconds, and at the end; the newest keep stay. On resume the script runs from the top, models, trainers and states get their saved contents back, and the loop goes on at its saved position. What goes from one iteration to the next must be in a state.",
			`def run():
    seen = state(total = 0)
    for i in loop(range(5)):
        seen.total += i
    print(seen.total)`, makeLoop,
		},
		{
			"state", "state(name=value, …)",
			"Values that go from one iteration of the loop to the next: s.name, s.name = value. They are saved with every checkpoint. Numbers, texts, lists and dictionaries of them.",
			`def run():
    best = state(loss = 1e9, at = 0)
    for i in loop(range(3)):
        if 10 - i < best.loss:
            best.loss, best.at = 10 - i, i
    print(best.at)`, makeState,
		},
	}}
}

func recordFamily() Family {
	return Family{"The record", "What a run leaves: metrics, samples, diagnoses, evaluations, models.", []Primitive{
		{
			"log", "log(name=number, …, samples=batch), or log(x)",
			"Metrics of this step of the loop: numbers, or dictionaries of them under dotted names. A batch is kept as a table of its first 16 examples, without tokens and without what has a number for each token. With one operand and no names, log(x) is the natural logarithm of a number, an array or a tensor.",
			`def run():
    for i in loop(range(2)):
        log(loss = 1.0 / (i + 1), parts = {"a": 1, "b": 2})`, logPrimitive,
		},
		{
			"watch", "watch(condition, say)",
			"A diagnosis in words, shown and recorded when the condition begins to hold. Returns whether it holds.",
			`def run():
    watch(3 > 2, "three is more than two: lower it")`, watchPrimitive,
		},
		{
			"keep", "keep(name, rows)",
			"Keeps rows (a list of dictionaries, a dataset, a batch) as a dataset of this name, which the page shows and other runs and flows read. Kept again under the same name they take its place; who read the old ones still finds them. Returns the path of their file inside the data folder.",
			`def run():
    keep("chosen", [{"prompt": "Hi", "response": "Hello."}])`, keepPrimitive,
		},
		{
			"invariant", "invariant(name, value, limit, detail)",
			"Something that must hold for the run to be believed: value is at most limit. It is recorded and shown, and where it does not hold the run ends. detail says what was measured.",
			`def run():
    invariant("KL = 0 at the start", 1e-6, 1e-3, "largest difference of a log-probability from the start")`, invariantPrimitive,
		},
		{
			"evaluate", "evaluate(name, function, argument, …)",
			"Calls function(argument, …) and records what it returns (numbers, texts, lists and dictionaries of them) under the name; its numbers become metrics. Outside of the loop the result is kept: a resumed run gets it back instead of computing it again.",
			`def agreement(n):
    return {"accuracy": share([1, 1, 0, 1])}
def run():
    print(evaluate("agreement", agreement, 4).accuracy.value)`, evaluatePrimitive,
		},
		{
			"measure", `measure(rows, of=[name, …], group="group", id="id", by="", level=0.95)`,
			"Records what an evaluation found. rows is a list of dictionaries, one for each item; of names the fields that hold a number (1 for right, 0 for wrong). Returns a row with an interval for each of them, as share(…) or average(…) have it, with se (standard error of independent items) and se_clustered beside. group names a field whose equal values depend on each other, id one by which items of several models are paired; without them each item is its own, and its place is its id. by names a field for whose values the figures are given, too. All rows are kept with the run: workbench eval --items writes them, and several models are compared on them.",
			`def run():
    rows = [{"question": q, "acc": q != "why?"} for q in ("who?", "when?", "why?")]
    print(measure(rows, of = ["acc"]).acc.value)`, measurePrimitive,
		},
		{
			"checkpoint", "checkpoint(name, model)",
			"Keeps a model for others to load: its adapter and head, or all of it where its base was trained. Returns its path inside the data folder.",
			`policy = param.model("embedded", "base")
def run():
    checkpoint("mine", policy.adapter(rank = 4))`, checkpointPrimitive,
		},
	}}
}
