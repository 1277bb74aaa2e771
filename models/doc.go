// Package models lists the architectures that the engine can run: given a checkpoint's config.json,
// it finds the package that builds graphs for it.
package models
