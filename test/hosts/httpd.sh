#!/bin/sh
# httpd: the service of the tests, an LSB script; the names below are filled in when it is put on a host
pid_file=/run/httpd.pid
running() { [ -f $pid_file ] && kill -0 "$(cat $pid_file)" 2>/dev/null; }
case $1 in
start)
  running && exit 0
  # The server closes its stdout as soon as it listens, which is what ends this read.
  said=$(setsid '@NODE@' '@SERVER@' </dev/null 2>>/var/log/httpd.log & echo $! >$pid_file)
  [ "$said" = listening ]
  ;;
stop)
  running && kill -9 "$(cat $pid_file)"
  tries=0
  while running; do
    [ $((tries += 1)) -gt 200 ] && exit 1
    sleep 0.02
  done
  rm -f $pid_file
  ;;
status)
  if running; then echo "httpd is running"; else echo "httpd is stopped"; exit 3; fi
  ;;
*)
  echo "usage: httpd {start|stop|status}" >&2
  exit 2
  ;;
esac
