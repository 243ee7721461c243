//go:build race

package main

const isRaced = true
