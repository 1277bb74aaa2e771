package script

func formsFamily() Family {
	return Family{"Forms", "A form says what people see and what they answer. It shows texts of an item and asks for answers; a mistake in it is reported at its line. Forms are versioned by their content: who was given one is judged by that very one.", []Primitive{
		{
			"form", "form(title, show=[part, …], ask=[question, …], guide=\"\")",
			"What people are asked. The title names the step on the page and is shown above the task. guide explains to annotators how to decide, in plain text with Markdown's headings, lists and emphasis, and no HTML.",
			formExample, formPrimitive,
		},
		{
			"guide", "guide(form, text)",
			"Gives a form its guide, at the top level: long texts can then stand at the end of the script.",
			`verdict = form("Judge the answer", show = [text("answer")], ask = [scale("quality", 7)])
guide(verdict, """
# How to judge
Read the answer twice. **7** needs no change, **1** is of no use.
""")
def run():
    print(verdict)`, guidePrimitive,
		},
		{"text", "text(field)", "Shows a text of the item: a question, a prompt, an answer.", formExample, showing("text", "field")},
		{"passage", "passage(field)", "Shows a long text of the item, to be read and quoted.", formExample, showing("passage", "field")},
		{"pair", "pair(left, right)", "Shows two texts of the item side by side.", formExample, showing("pair", "left", "right")},
		{
			"choice", "choice(name, options=[…], several=False, label=, optional=False)",
			"One of some options, as a text; with several = True a list of them. name is the answer's attribute, label what people read. optional questions may be left open and are then None, or an empty list.",
			formExample, asking("choice", choiceSettings),
		},
		{
			"scale", "scale(name, points, left=, right=, label=, optional=False)",
			"A whole number from 1 to points. left and right say what the ends mean.",
			formExample, asking("scale", scaleSettings),
		},
		{
			"longtext", "longtext(name, max_words=, min_words=, label=, optional=False)",
			"A text that people write.",
			formExample, asking("longtext", longTextSettings),
		},
		{
			"quote", "quote(name, of, max_chars=, several=False, label=, optional=False)",
			"A stretch of a text that the form shows: a row with start and end, in Unicode code points, and text. With several = True a list of them.",
			formExample, asking("quote", quoteSettings),
		},
	}}
}

const formExample = `reading = form("Answer from the passage",
    show = [passage("text"), text("question"), pair("left", "right")],
    ask  = [longtext("answer", max_words = 80), quote("evidence", of = "text", max_chars = 250),
            scale("better", 9, left = "left", right = "right"), choice("sure", options = ["yes", "no"], optional = True)])
def run():
    print(reading)`

func flowsFamily() Family {
	f := func(name, signature, doc, example string, do flowPrimitive) Primitive {
		return Primitive{name, signature, doc, example, inFlows(do)}
	}
	return Family{"Flows", flowsDoc, []Primitive{
		f(
			"ask", "ask(form, item, people=1, pool=\"\", person=, unlike=, after=, within=, gold=)",
			"Puts an item before people and waits for their answers. item is a dictionary with the texts that the form shows. people is how many different people answer; pool whose turn it is, person the only one who may (an id, or an answer of theirs). Nobody who was given one of the tasks of unlike gets this one: answers, lists of them, ids of persons. after names what the item came from. within is how long it stays open (seconds, or \"90s\", \"15m\", \"2h\", \"3d\"): then there are the answers that came, and .missing says how many did not. gold is the known answer to some questions. Returns a list of answers, each with the form's questions, .id, .person and .seconds; of one person they can be read directly: ask(…).preference.",
			`items = param.dataset("", "answers to judge", example = [{"question": "What is the capital of France?", "answer": "Paris."}])
judges = param.pool("judges", "who judges")
verdict = form("Judge", show = [text("question"), text("answer")], ask = [scale("quality", 7), longtext("why", optional = True)])
def flow(item):
    one  = ask(verdict, item, pool = judges)
    more = ask(verdict, item, people = 2, unlike = one, within = "2d")
    return [one.quality] + [a.quality for a in more]`, askPrimitive,
		),
		f(
			"generate", "generate(model, prompt=|messages=, n=1, max_tokens=128, temperature=1.0, seed=, stop=[], top_p=1.0, otherwise=)",
			"Samples from a language model: a row with text, logp (of all its tokens, at the temperature, in nats), tokens (their ids), ended (the model ended it, or a stop text), model, seed and id; with n above 1 a list of them. A prompt is a text or a transcript as turns(…) has it, messages a list of rows with role and content; they are rendered with the model's chat template if it has one. Without seed the call has one of its own, which depends on the flow's seed; a call that is re-opened gets another. Where the model fails for good, the instance waits for a person, or the result is otherwise.",
			`prompts = param.dataset("", "prompts", example = [{"prompt": "Name a fruit."}])
policy = param.model("embedded", "who answers")
def flow(item):
    a, b = generate(policy, prompt = item.prompt, n = 2, temperature = 0.8, max_tokens = 20)
    return a.text if a.logp > b.logp else b.text`, generatePrimitive,
		),
		f(
			"score", "score(reward, prompt=, response=)",
			"What a reward model says about a response: a number, or a list of them where it has several heads.",
			`pairs = param.dataset("", "responses", example = [{"prompt": "Name a fruit.", "response": "An apple."}])
def flow(item):
    return score("reward", prompt = item.prompt, response = item.response)`, scorePrimitive,
		),
		f(
			"logp", "logp(model, prompt=, response=)",
			"The log-probability of a response and the token that ends it, in nats.",
			`pairs = param.dataset("", "responses", example = [{"prompt": "Name a fruit.", "response": "An apple."}])
def flow(item):
    return logp("embedded", prompt = item.prompt, response = item.response)`, logpPrimitive,
		),
		f(
			"start", "start(recipe, name=value, …)",
			"Starts a run of a recipe with settings, and waits for its end: a row with run (its id), result (what run() returned), models (names of what it kept, in the order in which it did) and data (by the name of a dataset that it read, a name for the version that it read). These names never come to mean anything else, so that a later run can be given exactly that model and that data.",
			`sizes = param.dataset("", "settings to try", example = [{"rank": 4}])
def flow(item):
    trained = start("sft", rank = item.rank, data = "demonstrations")
    return trained.result`, startPrimitive,
		),
		f(
			"spawn", "spawn(function, argument, …)",
			"Begins a function of the script's top level as a flow of its own, with its own history, and does not wait: returns a handle. Arguments and results are what records hold (numbers, texts, lists, dictionaries) and answers.",
			spawnExample, spawnPrimitive,
		),
		f(
			"together", "together([handle, …])",
			"Waits for all and returns the list of their results.",
			spawnExample, togetherPrimitive,
		),
		f(
			"first", "first([handle, …])",
			"Waits for one, and gives the others up: returns (place, result), place counting from 0.",
			`prompts = param.dataset("", "prompts", example = [{"prompt": "Name a fruit."}])
def wait(seconds):
    sleep(seconds)
    return seconds
def flow(item):
    place, seconds = first([spawn(wait, 5), spawn(wait, 3600)])
    return seconds`, firstPrimitive,
		),
		f(
			"record", "record(dataset, row, of=[…])",
			"Appends a row, a dictionary, to a dataset of this name, and returns its id. of names what it came from: samples, answers, ids. When that is re-opened, the row is withdrawn and written anew.",
			`prompts = param.dataset("", "prompts", example = [{"prompt": "Name a fruit."}])
def flow(item):
    a = generate("embedded", prompt = item.prompt)
    return record("samples", {"prompt": item.prompt, "response": a.text}, of = [a])`, recordPrimitive,
		),
		f(
			"sleep", "sleep(span)",
			"Waits: a number of seconds, or a text such as \"90s\", \"15m\", \"2h\", \"3d\". Time goes on while the program is down.",
			`prompts = param.dataset("", "prompts", example = [{"prompt": "Name a fruit."}])
def flow(item):
    sleep("2h")`, sleepPrimitive,
		),
		f(
			"deadline", "deadline(moment)",
			"Waits until a moment: seconds since 1970 as now() counts them, or a text in the form of RFC 3339. One that is past does not wait.",
			`prompts = param.dataset("", "prompts", example = [{"prompt": "Name a fruit."}])
def flow(item):
    deadline(now() + 60)
    deadline("2026-01-01T09:00:00Z")`, deadlinePrimitive,
		),
		f(
			"signal", "signal(name)",
			"Waits for an event of this name from outside (a button on the page, or the API), and returns what came with it.",
			`prompts = param.dataset("", "prompts", example = [{"prompt": "Name a fruit."}])
def flow(item):
    return signal("approved")`, signalPrimitive,
		),
		f(
			"now", "now()", "The time, in seconds since 1970, as it was when the call was first made.",
			`prompts = param.dataset("", "prompts", example = [{"prompt": "Name a fruit."}])
def flow(item):
    began = now()
    sleep(10)
    return now() - began`, nowPrimitive,
		),
		f(
			"random", "random()", "A number from 0 to 1, 1 left out, which the flow's seed, the instance and the call determine.",
			`prompts = param.dataset("", "prompts", example = [{"prompt": "Name a fruit."}])
def flow(item):
    return "left" if random() < 0.5 else "right"`, randomPrimitive,
		),
	}}
}

const spawnExample = `prompts = param.dataset("", "prompts", example = [{"prompt": "Name a fruit."}])
def answer(prompt, temperature):
    return generate("embedded", prompt = prompt, temperature = temperature).text
def flow(item):
    return together([spawn(answer, item.prompt, t) for t in (0.5, 1.0)])`

const flowsDoc = "A flow is a script's `flow(item)`: it is done once for each item, may wait days for people, and survives whatever happens to the program meanwhile." + `

**Items.** flow(item) is done for each row of the dataset that the top level calls ` + "`items`" + ` (such as
` + "`items = books.passages(200).filter(…)`" + `), else of the script's first ` + "`param.dataset`" + `. They are read once, when the flow is
started, and kept with it. A script without a dataset is done once, with an empty item.

**History.** Every primitive of this chapter is a numbered step. What it is asked is written down before it begins, and
its result before the script sees it. After a restart the script is executed again from the top: steps that are in its
history return what they returned, at once, and the script stands where it stood. So everything that could come out
otherwise a second time must be such a step, and nothing else is there: no clock, no files, no network, nothing that one
instance could leave for another. ` + "`now()` and `random()`" + ` are steps, too. What is printed is printed again.

**Divergence.** A step is known by its number and by a hash of its name and arguments. A flow keeps the text of its script
and its settings for life, so both come out the same. Should they not (a newer workbench might compute something otherwise),
the instance stops there, the page shows what is on record beside what the script asks now, and a person decides.

**Re-opening.** A person may drop the result of a step: a sample that failed its purpose, an answer that was a slip. The
script is executed again; later steps whose arguments are still the same keep their results, all others are asked anew.
So what depends on a step is found by what it was given, and need not be declared. Tasks that nobody needs any more are
closed, rows that were recorded are withdrawn (they stay, marked), and a parent that used the result sees the new one.

**Failure.** There is no try. What fails is tried again a few times; then the instance is parked, with the error on the page,
until a person lets it try again. ` + "`ask(…, within=)` and `generate(…, otherwise=)`" + ` say in the script what to do instead.

**Limits.** An instance may make 10,000 steps and compute for some seconds between them; a value that goes into a step or comes
out of one has at most 1 MB, a list 16 MB. Steps wait: only ` + "`spawn`" + ` does not, so what shall go on side by side is
spawned and waited for with ` + "`together`" + `.`
