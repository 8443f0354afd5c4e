#!/bin/sh
# Creates an echo session over HTTP, prints the answer SDP and ends the session.
# sh echo-curl.sh [origin]
set -eu

origin=${1:-http://127.0.0.1:${BIFRONS_HTTP_PORT:-8080}}
folder=$(dirname "$0")

rpc() {
  curl --silent --show-error --fail --max-time 35 --header 'content-type: application/json' --data "$1" "$origin/rpc"
}

# The text of one field of a JSON reply; enough for texts without quotation marks, as SDP and ids are.
text_of() {
  printf '%s' "$reply" | sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"
}

reply=$(rpc "@$folder/offer.json")
case $reply in
*'"result":"ok"'*) ;;
*)
  printf 'echo-curl: %s\n' "$reply" >&2
  exit 1
  ;;
esac

printf '%b' "$(text_of sdp)"
rpc "{\"class\":\"media\",\"subclass\":\"session\",\"cmd\":\"destroy\",\"data\":{\"session_id\":\"$(text_of session_id)\"}}" >/dev/null
