package web

import (
	"workbench/tasks/people"
)

// modelRoutes are about models and the device that they run on.
var modelRoutes = []route{
	{"GET", "/api/models", people.Researcher, plain, (*Server).getModels},
	{"GET", "/api/models/{name}", people.Researcher, plain, (*Server).getModel},
	{"POST", "/api/models/{name}/try", people.Researcher, stream, (*Server).tryModel},
	{"GET", "/api/device", people.Researcher, plain, (*Server).getDevice},
}

func (s *Server) getModels(c *call) error {
	if s.o.Models == nil {
		return c.reply([]ModelRow{})
	}
	all, err := s.o.Models.Models()
	if err != nil {
		return err
	}
	return c.reply(all)
}

func (s *Server) getModel(c *call) error {
	if s.o.Models == nil {
		return noSuchPart("models")
	}
	m, err := s.o.Models.Model(c.name("name"))
	if err != nil {
		return err
	}
	return c.reply(m)
}

// Bounds of what somebody tries out; a run is for more.
const (
	mostSamples = 16
	mostTokens  = 4096
)

// tryModel answers with what a model says, as it says it. Whoever stops listening stops it.
func (s *Server) tryModel(c *call) error {
	var in Try
	if err := c.read(&in); err != nil {
		return err
	}
	if s.o.Models == nil {
		return noSuchPart("models")
	}
	switch {
	case in.N < 0 || in.N > mostSamples:
		return Fail(Invalid, "%d samples are too many to try; at most %d.", in.N, mostSamples)
	case in.MaxTokens < 0 || in.MaxTokens > mostTokens:
		return Fail(Invalid, "%d tokens are too many to try; at most %d.", in.MaxTokens, mostTokens)
	case in.Temperature < 0 || in.Temperature > 10:
		return Fail(Invalid, "A temperature lies between 0 and 10.")
	}
	err := s.o.Models.Try(c.r.Context(), c.name("name"), in, func(p TryPart) error { return c.line(p) })
	if err == nil || !c.begun {
		return err
	}
	f, known := failureOf(err)
	if !known {
		s.o.Log.Error("try", "model", c.name("name"), "error", err)
	}
	return c.line(TryPart{Error: f})
}

func (s *Server) getDevice(c *call) error { return c.reply(s.device()) }

func (s *Server) device() DeviceStatus {
	if s.o.Device == nil {
		return DeviceStatus{}
	}
	return s.o.Device.Status()
}
