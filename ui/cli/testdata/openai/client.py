"""Speaks to the API with OpenAI's own client, and says what is not as its documentation has it.

Called by TestOpenAIClient with the server's address, a researcher's key, and the names of two models: one that
chats, and one without a chat template. Prints nothing and ends with 0 if all is well.
"""

import json
import sys
import urllib.request

import openai

base, key, chatty, plain = sys.argv[1:]


def user_key():
    """A key that is given away, as docs/api.md makes it."""
    body = json.dumps({"name": "the client's test", "role": "user"}).encode()
    headers = {"Authorization": "Bearer " + key, "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(base + "/api/keys", body, headers)) as answer:
        return json.load(answer)["token"]


client = openai.OpenAI(base_url=base + "/v1", api_key=user_key(), max_retries=0)
hello = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello!"}]


def chat(**more):
    return client.chat.completions.create(**{"model": chatty, "messages": hello, "max_tokens": 8, "seed": 7, **more})


def refused(kind, call, **has):
    """Holds that a call raises an error of a kind, with these attributes."""
    try:
        call()
    except kind as e:
        for name, want in has.items():
            assert getattr(e, name) == want, (name, getattr(e, name), want, str(e))
        return e
    raise AssertionError(f"{kind.__name__} was not raised")


def models():
    names = [m.id for m in client.models.list()]
    assert chatty in names and plain in names, names
    assert client.models.retrieve(chatty).id == chatty
    refused(openai.NotFoundError, lambda: client.models.retrieve("none"), code="model_not_found", param="model")


def whole():
    one, again, other = chat(), chat(), chat(seed=8)
    text = one.choices[0].message.content
    assert text == again.choices[0].message.content, "the same seed gave another text"
    assert text != other.choices[0].message.content, "another seed gave the same text"
    assert one.id != again.id and one.object == "chat.completion" and one.model == chatty
    assert one.choices[0].finish_reason in ("stop", "length") and one.choices[0].message.role == "assistant"
    assert one.usage.total_tokens == one.usage.prompt_tokens + one.usage.completion_tokens <= one.usage.prompt_tokens + 8
    assert one.system_fingerprint == other.system_fingerprint and len(one.system_fingerprint) > 64
    assert len({c.message.content for c in chat(n=3).choices}) > 1


def streamed():
    chunks = list(chat(stream=True, stream_options={"include_usage": True}))
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == chat().choices[0].message.content, (text, "streamed differs from whole")
    assert chunks[-2].choices[0].finish_reason in ("stop", "length")
    assert not chunks[-1].choices and chunks[-1].usage.completion_tokens > 0
    with client.completions.create(model=plain, prompt="abc", max_tokens=2000, seed=1, stream=True) as stream:
        next(iter(stream))  # and away


def logprobs():
    content = chat(logprobs=True, top_logprobs=3).choices[0].logprobs.content
    for t in content:
        assert t.logprob <= 0 and len(t.top_logprobs) == 3
        assert t.top_logprobs[0].logprob >= t.top_logprobs[2].logprob
        assert t.bytes is None or bytes(t.bytes).decode() == t.token
    got = client.completions.create(model=plain, prompt=["abc", "de"], max_tokens=0, echo=True, logprobs=1)
    assert [c.text for c in got.choices] == ["abc", "de"]
    assert got.choices[0].logprobs.tokens == ["a", "b", "c"] and got.choices[0].logprobs.token_logprobs[0] is None
    assert got.choices[0].logprobs.text_offset == [0, 1, 2]


def stops():
    text = chat().choices[0].message.content
    stop = text[1:3]
    got = chat(stop=[stop]).choices[0]
    assert got.message.content == text[: text.index(stop)] and got.finish_reason == "stop", (got, text)


def errors():
    refused(openai.BadRequestError, lambda: chat(temperature=3), param="temperature", type="invalid_request_error")
    refused(openai.BadRequestError, lambda: chat(presence_penalty=1), code="unsupported_parameter")
    refused(openai.BadRequestError, lambda: chat(extra_body={"beam_width": 3}), code="unknown_parameter")
    refused(openai.BadRequestError, lambda: chat(max_tokens=5000), code="context_length_exceeded")
    refused(openai.BadRequestError, lambda: chat(model=plain), param="model")
    refused(openai.NotFoundError, lambda: chat(model="gpt-4"), code="model_not_found")
    wrong = client.with_options(api_key="wrong")
    refused(openai.AuthenticationError, lambda: wrong.models.list(), code="invalid_api_key")
    # What the key is not for stays shut.
    refused(openai.PermissionDeniedError, lambda: client.get("/../api/people", cast_to=object))


def feedback():
    def give(**body):
        return client.post("/feedback", body=body, cast_to=object)

    a, b = chat(), chat(seed=9)
    unkept = chat(store=False)
    up = give(kind="thumbs", completion_id=a.id, value="up", comment="good")
    assert give(kind="thumbs", completion_id=a.id, value="up", comment="good") == up, "twice is not once"
    assert give(kind="comparison", chosen=b.id, rejected=a.id)["dataset"] == "comparisons"
    assert give(kind="correction", completion_id=a.id, text="Hello.")["dataset"] == "corrections"
    refused(openai.NotFoundError, lambda: give(kind="thumbs", completion_id=unkept.id, value="up"))
    other = chat(messages=[{"role": "user", "content": "Something else"}])
    e = refused(openai.BadRequestError, lambda: give(kind="comparison", chosen=a.id, rejected=other.id))
    assert "different prompts" in str(e), e


for check in (models, whole, streamed, logprobs, stops, errors, feedback):
    try:
        check()
    except Exception as e:
        sys.exit(f"{check.__name__}: {type(e).__name__}: {e}")
