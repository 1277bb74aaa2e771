package graph

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// Versions of the format that the encoder writes; opset 21 belongs to IR version 10.
const (
	irVersion    = 10
	opsetVersion = 21
)

// EncodeOptions says how a graph becomes an ONNX model.
type EncodeOptions struct {
	// Initializers names the Params that are initializers of the model rather than inputs, and says
	// where in the external file "weights" the values of each are. Whoever loads the model supplies
	// them from memory: the file need not exist.
	Initializers map[string]Extent
}

// Extent is a run of bytes in the external file of a model.
type Extent struct{ Offset, Length int64 }

// WeightsFile is the location that models give for initializers that are kept outside of them.
const WeightsFile = "weights"

// Encode writes the graph as an ONNX ModelProto. Inputs are all there, used or not; nodes, weights
// and constants from which no output can be reached are left out (see [Graph.Live]). An output has
// the name it was declared with: the value is renamed where it can be and copied by an Identity
// where it cannot (inputs, weights, constants and values that are declared as two outputs).
//
// The format is https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3.
func (g *Graph) Encode(opts EncodeOptions) ([]byte, error) {
	e := &encoder{graph: g, opts: opts, names: map[*Tensor]string{}}
	if err := e.nameValues(); err != nil {
		return nil, err
	}
	body, err := e.encodeGraph()
	if err != nil {
		return nil, err
	}
	var model []byte
	model = appendInt(model, 1, irVersion)
	model = appendString(model, 2, "workbench")
	model = appendBytes(model, 7, body)
	model = appendBytes(model, 8, opset("", opsetVersion))
	model = appendBytes(model, 8, opset(Microsoft, 1))
	return model, nil
}

func opset(domain string, version int64) []byte {
	var b []byte
	if domain != "" {
		b = appendString(b, 1, domain)
	}
	return appendInt(b, 2, version)
}

// encoder holds what is known about one graph while it is written.
type encoder struct {
	graph  *Graph
	opts   EncodeOptions
	live   Live
	names  map[*Tensor]string // what a value is called in the model
	copies []Output           // outputs that need an Identity
}

// nameValues decides what every value is called, and which outputs have to be copied.
func (e *encoder) nameValues() error {
	e.live = e.graph.Live()
	taken := map[string]bool{}
	claim := func(name string) error {
		if taken[name] {
			return fmt.Errorf("encode: two values of the graph are called %q; name an output unlike inputs, weights and other outputs", name)
		}
		taken[name] = true
		return nil
	}
	for _, t := range e.live.sources(e.graph) {
		e.names[t] = t.name
		if err := claim(t.name); err != nil {
			return err
		}
	}
	for _, o := range e.graph.Outputs {
		if _, named := e.names[o.Tensor]; named {
			e.copies = append(e.copies, o)
		} else {
			e.names[o.Tensor] = o.Name
		}
		if err := claim(o.Name); err != nil {
			return err
		}
	}
	for _, n := range e.live.Nodes {
		for _, t := range n.Outputs {
			if t == nil {
				continue
			}
			if _, named := e.names[t]; named {
				continue
			}
			e.names[t] = t.name
			if err := claim(t.name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *encoder) encodeGraph() ([]byte, error) {
	if len(e.graph.Outputs) == 0 {
		return nil, fmt.Errorf("encode: the graph has no outputs; declare what is wanted with Output")
	}
	var b []byte
	for _, n := range e.live.Nodes {
		node, err := e.encodeNode(n)
		if err != nil {
			return nil, err
		}
		b = appendBytes(b, 1, node)
	}
	for _, o := range e.copies {
		b = appendBytes(b, 1, e.encodeCopy(o))
	}
	b = appendString(b, 2, "graph")
	for _, c := range e.live.Consts {
		tensor, err := encodeArray(c.Tensor.name, c.Value)
		if err != nil {
			return nil, err
		}
		b = appendBytes(b, 5, tensor)
	}
	for _, p := range e.live.Params {
		if extent, ok := e.opts.Initializers[p.name]; ok {
			b = appendBytes(b, 5, encodeExternal(p, extent))
		}
	}
	for _, in := range e.graph.Inputs {
		b = appendBytes(b, 11, encodeValue(in.name, in))
	}
	for _, p := range e.live.Params {
		if _, ok := e.opts.Initializers[p.name]; !ok {
			b = appendBytes(b, 11, encodeValue(p.name, p))
		}
	}
	for _, o := range e.graph.Outputs {
		b = appendBytes(b, 12, encodeValue(o.Name, o.Tensor))
	}
	return b, nil
}

func (e *encoder) encodeNode(n *Node) ([]byte, error) {
	var b []byte
	for _, t := range n.Inputs {
		b = protowire.AppendTag(b, 1, protowire.BytesType)
		if t == nil {
			b = protowire.AppendString(b, "") // an absent operand keeps its place
			continue
		}
		name, ok := e.names[t]
		if !ok {
			return nil, fmt.Errorf("encode: node %s uses the value %q that nothing before it computes", n.Name, t.name)
		}
		b = protowire.AppendString(b, name)
	}
	for _, t := range n.Outputs {
		b = protowire.AppendTag(b, 2, protowire.BytesType)
		b = protowire.AppendString(b, e.names[t]) // "" for a result that is left out
	}
	b = appendString(b, 3, n.Name)
	b = appendString(b, 4, n.Op)
	for _, a := range n.Attrs {
		attr, err := encodeAttr(a)
		if err != nil {
			return nil, fmt.Errorf("encode: node %s: %w", n.Name, err)
		}
		b = appendBytes(b, 5, attr)
	}
	if n.Domain != "" {
		b = appendString(b, 7, n.Domain)
	}
	return b, nil
}

// encodeCopy is the Identity that gives a value the name of an output.
func (e *encoder) encodeCopy(o Output) []byte {
	var b []byte
	b = appendString(b, 1, e.names[o.Tensor])
	b = appendString(b, 2, o.Name)
	b = appendString(b, 3, "output/"+o.Name)
	return appendString(b, 4, "Identity")
}
