package openai

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"unicode/utf8"
)

// field reads a value of the request, which is not null.
type field func(r *Request, name string, raw json.RawMessage) error

// shared are the fields of both kinds of request.
var shared = map[string]field{
	"model":       text(func(r *Request) *string { return &r.Model }, 512),
	"n":           whole(func(r *Request) *int { return &r.N }, 1, maxChoices),
	"temperature": number(func(r *Request) *float64 { return &r.Temperature }, 0, 2),
	"top_p":       number(func(r *Request) *float64 { return &r.TopP }, 0, 1),
	"min_p":       number(func(r *Request) *float64 { return &r.MinP }, 0, 1),
	"top_k":       topK,
	"stop":        stops,
	"seed":        seed,
	"stream":      truth(func(r *Request) *bool { return &r.Stream }),
	"store":       truth(func(r *Request) *bool { return &r.Store }),
	"user":        text(func(r *Request) *string { return &r.User }, maxUser),
	"metadata":    metadata,

	"stream_options":    streamOptions,
	"presence_penalty":  onlyZero,
	"frequency_penalty": onlyZero,
	"logit_bias":        onlyEmpty,
	"service_tier":      onlyOf("auto", "default"),
}

// chatFields are those of /v1/chat/completions.
var chatFields = with(map[string]field{
	"messages":              messages,
	"max_tokens":            whole(func(r *Request) *int { return &r.MaxTokens }, 1, math.MaxInt32),
	"max_completion_tokens": whole(func(r *Request) *int { return &r.MaxTokens }, 1, math.MaxInt32),
	"logprobs":              chatLogProbs,
	"top_logprobs":          whole(func(*Request) *int { return new(int) }, 0, maxTopChat),
	"safety_identifier":     text(func(r *Request) *string { return &r.User }, maxUser), // user's newer name

	"response_format":     onlyText,
	"modalities":          onlyOf("text"),
	"tools":               onlyEmpty,
	"functions":           onlyEmpty,
	"tool_choice":         onlyOf("none", "auto"),
	"function_call":       onlyOf("none", "auto"),
	"parallel_tool_calls": ignored,
	"prompt_cache_key":    ignored,
	"audio":               onlyEmpty,
	"prediction":          onlyEmpty,
	"reasoning_effort":    onlyOf("none"),
	"verbosity":           onlyOf("medium"),
	"web_search_options":  onlyEmpty,
})

// textFields are those of /v1/completions.
var textFields = with(map[string]field{
	"prompt":     prompts,
	"max_tokens": whole(func(r *Request) *int { return &r.MaxTokens }, 0, math.MaxInt32),
	"logprobs":   textLogProbs,
	"echo":       truth(func(r *Request) *bool { return &r.Echo }),
	"best_of":    whole(func(*Request) *int { return new(int) }, 1, maxChoices),
	"suffix":     onlyEmpty,
})

func with(own map[string]field) map[string]field {
	all := maps.Clone(shared)
	maps.Copy(all, own)
	return all
}

func text(at func(*Request) *string, most int) field {
	return func(r *Request, name string, raw json.RawMessage) error {
		if err := json.Unmarshal(raw, at(r)); err != nil {
			return Refuse(name, "%s must be a string.", name)
		}
		if len(*at(r)) > most {
			return Refuse(name, "%s has %d bytes; at most %d are possible.", name, len(*at(r)), most)
		}
		return nil
	}
}

func truth(at func(*Request) *bool) field {
	return func(r *Request, name string, raw json.RawMessage) error {
		if err := json.Unmarshal(raw, at(r)); err != nil {
			return Refuse(name, "%s must be true or false.", name)
		}
		return nil
	}
}

func whole(at func(*Request) *int, low, high int) field {
	return func(r *Request, name string, raw json.RawMessage) error {
		v := at(r)
		if err := json.Unmarshal(raw, v); err != nil {
			return Refuse(name, "%s must be a whole number.", name)
		}
		if *v < low || *v > high {
			return Refuse(name, "%s is %d, and must be from %d to %d.", name, *v, low, high)
		}
		return nil
	}
}

func number(at func(*Request) *float64, low, high float64) field {
	return func(r *Request, name string, raw json.RawMessage) error {
		v := at(r)
		if err := json.Unmarshal(raw, v); err != nil {
			return Refuse(name, "%s must be a number.", name)
		}
		if *v < low || *v > high {
			return Refuse(name, "%s is %g, and must be from %g to %g.", name, *v, low, high)
		}
		return nil
	}
}

// topK takes -1 for all, as other servers do.
func topK(r *Request, name string, raw json.RawMessage) error {
	if err := whole(func(r *Request) *int { return &r.TopK }, -1, math.MaxInt32)(r, name, raw); err != nil {
		return err
	}
	r.TopK = max(r.TopK, 0)
	return nil
}

func seed(r *Request, name string, raw json.RawMessage) error {
	var v int64
	if err := json.Unmarshal(raw, &v); err != nil {
		return Refuse(name, "seed must be a whole number of 64 bits.")
	}
	r.Seed = &v
	return nil
}

func stops(r *Request, name string, raw json.RawMessage) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		r.Stop = []string{one}
	} else if json.Unmarshal(raw, &r.Stop) != nil {
		return Refuse(name, "stop must be a string or a list of strings.")
	}
	if len(r.Stop) > maxStops {
		return Refuse(name, "stop has %d texts; at most %d are possible.", len(r.Stop), maxStops)
	}
	for _, s := range r.Stop {
		if s == "" || len(s) > maxStop {
			return Refuse(name, "A stop text has %d bytes, and must have 1 to %d.", len(s), maxStop)
		}
	}
	return nil
}

func metadata(r *Request, name string, raw json.RawMessage) error {
	if err := json.Unmarshal(raw, &r.Metadata); err != nil {
		return Refuse(name, "metadata must be an object whose values are strings.")
	}
	if len(r.Metadata) > maxMetadata {
		return Refuse(name, "metadata has %d entries; at most %d are possible.", len(r.Metadata), maxMetadata)
	}
	for key, value := range r.Metadata {
		if utf8.RuneCountInString(key) > 64 || utf8.RuneCountInString(value) > 512 {
			return Refuse(name, "An entry of metadata is too long: a name may have 64 characters, a value 512.")
		}
	}
	return nil
}

func streamOptions(r *Request, name string, raw json.RawMessage) error {
	var o struct {
		IncludeUsage       bool  `json:"include_usage"`
		IncludeObfuscation *bool `json:"include_obfuscation"`
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&o); err != nil {
		return Refuse(name, `stream_options must be an object such as {"include_usage": true}.`)
	}
	if o.IncludeObfuscation != nil && *o.IncludeObfuscation {
		return Refuse(name, "stream_options.include_obfuscation is not supported.").With(UnsupportedName)
	}
	r.StreamUsage = o.IncludeUsage
	return nil
}

func chatLogProbs(r *Request, name string, raw json.RawMessage) error {
	var on bool
	if err := json.Unmarshal(raw, &on); err != nil {
		return Refuse(name, "logprobs must be true or false in a chat; top_logprobs says how many.")
	}
	if on {
		r.LogProbs = 0
	}
	return nil
}

func textLogProbs(r *Request, name string, raw json.RawMessage) error {
	return whole(func(r *Request) *int { return &r.LogProbs }, 0, maxTopText)(r, name, raw)
}
