// Package web is what browsers and programs reach: the page, its data over HTTP, and two websockets, one
// for people at work and one for those who watch.
//
// [Server.routes] is the list of everything that can be asked for, with the role that it takes. What goes
// over the wire stands in wire.go. Data is sent as text with its type, and never becomes markup here.
package web
