#!/bin/sh
# Builds the load generator from Debian's golang-go and golang-etcd-server-dev, without the network. usage: build.sh OUTPUT
set -e
here=$(cd "$(dirname "$0")" && pwd)
sources=$(dpkg -L golang-etcd-server-dev | sed -n 's,/src/go.etcd.io/etcd$,,p' | head -1)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/src/loadgen"
cp "$here"/*.go "$work/src/loadgen/"
GO111MODULE=off GOFLAGS= GOPATH="$work:$sources" go build -trimpath -ldflags='-s -w' -o "$1" loadgen
