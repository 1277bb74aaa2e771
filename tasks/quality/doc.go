// Package quality says how far people agree with each other on what they were asked.
package quality
