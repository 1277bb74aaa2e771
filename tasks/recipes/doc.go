// Package recipes carries the experiments that the workbench ships: one Starlark file each, to be
// run as it is, or copied out and edited. Their guides are in docs/recipes.
package recipes
