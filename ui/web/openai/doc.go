// Package openai is the wire of the API that programs speak: what a request for a completion may say, what is
// refused and in which words, and how answers and errors look. The form is that of OpenAI's API, so that its
// clients work; docs/api.md says what of it is supported. Nothing here knows models or the server.
package openai
