/** Which heartbeat this is, for people and for programs that compare. */

/** The version of Linux-HA heartbeat whose protocols, files and words these are; log lines and the client API say it. */
export const heartbeatVersion = '3.0.6';

/** What `heartbeat -V` prints and a client is told at its sign-on: C's form, with our name in the place of its hash. */
export const versionText: string = `${heartbeatVersion} (node: ha-heartbeat)`;
