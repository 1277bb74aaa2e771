// Package eval says how far a measured number can be trusted: means and proportions with 95 %
// intervals that know which examples belong together, calibration, correlation.
//
// Small pure functions on float64; each names its definition.
package eval
