// Package web is the workbench over HTTP: the page, its data, two websockets (work for annotators, news
// for researchers), and who may do what.
package web
