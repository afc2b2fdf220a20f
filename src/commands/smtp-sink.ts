/** smtp-sink(1): takes mail over SMTP or LMTP and throws it away, or fails in the ways it is told to. */
import type {Tool} from '../core/base/tool.ts';
import {readSinkOptions} from './smtp-sink-options.ts';
import {SinkServer} from './smtp-sink-server.ts';

export const smtpSink: Tool = {
  name: 'smtp-sink',
  summary: 'take mail over SMTP or LMTP for a test, and throw it away',
  usage: ['[OPTION ...] [inet:][HOST]:PORT BACKLOG', '[OPTION ...] unix:PATH BACKLOG'],
  options: [
    {flag: '-4, -6', text: 'Listen on IPv4 or IPv6 only.'},
    {flag: '-8, -a, -E, -N, -p', text: 'Do not offer 8BITMIME, AUTH, ENHANCEDSTATUSCODES, DSN, PIPELINING.'},
    {flag: '-A SECONDS', text: 'So long after the answer to DATA send a 550 and hang up, without reading on.'},
    {flag: '-b REPLY', text: 'The reply of -r (450 4.3.0 Error: command failed).'},
    {flag: '-B REPLY', text: 'The reply of -f (500 5.3.0 Error: command failed).'},
    {flag: '-c', text: 'Show running counts of sessions, QUIT commands and messages.'},
    {flag: '-C, -F', text: 'Do not know XCLIENT, XFORWARD.'},
    {
      flag: '-d TEMPLATE',
      text: 'Keep each message in a file: the template as strftime(3) expands it, and eight digits.',
    },
    {flag: '-D TEMPLATE', text: 'Append each message to the file that the template names.'},
    {flag: '-e', text: 'Speak SMTP without extensions.'},
    {flag: '-f STAGES', text: 'Refuse these commands for good. Implies -p.'},
    {flag: '-h NAME', text: 'The name in the greeting and the answers to HELO and EHLO (smtp-sink).'},
    {flag: '-H SECONDS', text: 'Read nothing for so long after the answer to DATA.'},
    {flag: '-L', text: 'Speak LMTP.'},
    {flag: '-m COUNT', text: 'Sessions at once (256); further connections wait.'},
    {flag: '-M COUNT', text: 'End after so many messages.'},
    {flag: '-n COUNT', text: 'End after so many sessions.'},
    {flag: '-P', text: 'Greet as a CISCO PIX firewall does. Implies -e.'},
    {flag: '-q STAGES', text: 'Hang up without a reply at these commands.'},
    {flag: '-Q STAGES', text: 'Reply 421 and hang up at these commands.'},
    {flag: '-r STAGES', text: 'Refuse these commands for now. Implies -p.'},
    {flag: '-R DIRECTORY', text: 'Move to this directory, as root: names of dump files are below it.'},
    {flag: '-s STAGES', text: 'Log these commands to the system log.'},
    {flag: '-S TEXT', text: 'What comes first in each dumped message; with the escapes of C.'},
    {flag: '-t SECONDS', text: 'Time to wait for a command (100).'},
    {flag: '-T BYTES', text: 'The TCP window size.'},
    {flag: '-u USER', text: 'Take the rights of this user once the socket is open. Root has to.'},
    {flag: '-v', text: 'Show the commands.'},
    {flag: '-w SECONDS', text: 'Wait before the answer to DATA.'},
    {
      flag: '-W STAGE:SECONDS[:ODDS]',
      text: 'Wait before the answer; with odds, again for each throw of 0 to 99 below them.',
    },
    {flag: '--rules FILE', text: 'Fail as the rules of this file say (not in Postfix).'},
  ],
  description: [
    'Stages are commands, CONNECT, and "." for the end of a message; several are separated by commas or spaces.',
    'A rule file plays failures to the program that sends. One rule a line: STAGE [CONDITION=VALUE ...] ACTION [ARGUMENT ...]. The first rule of a stage that holds acts. Lines that begin with # say nothing. "seed NUMBER" is where what is random starts from: the same connections in the same order meet the same failures.',
    'Stages of rules: connect, helo (EHLO and LHLO too), starttls, auth, mail, rcpt, data, content (while the message comes), end (of the message), rset, noop, vrfy, quit.',
    'Conditions: client, helo, sender, recipient are patterns with * and ?; from and until are times since the start; chance is 5% or 0.05. Of the times when these hold, after passes over so many, first counts so many from there, every takes each so many-th.',
    'Actions: reply CODE TEXT (\\n begins another line; 421 hangs up); raw TEXT (as it is, with the escapes of C); long BYTES and lines COUNT (the usual reply, too long, in too many lines); delay TIME (and the next rules are asked); drip TIME (the usual reply, a byte each time); silent (no reply); close; reset; hang (no answer ever); pass (no further rule is asked). At rcpt: greylist [TIME [CODE TEXT]] (refuses a client, sender and recipient the first time, and again until the time is over).',
    'Actions of content: cut BYTES (resets the connection behind so many); slow BYTES (read in a second); stall TIME [BYTES] (reads nothing for this time, behind so many); reset; hang; pass. Of starttls, which is offered when the file has a rule for it: accept (with a certificate made at the start); handshake close, hang or garbage (after the 220); and the actions above.',
    'Examples: "connect from=10s until=20s reply 421 4.3.2 closed for 10 seconds"; "rcpt greylist 60s"; "rcpt recipient=nobody@* reply 550 5.1.1 no such user"; "end every=10 silent"; "content chance=1% cut 2k"; "starttls handshake garbage".',
  ],
  async main(argv, stdio) {
    const options = readSinkOptions(argv, stdio);
    await new SinkServer(options, stdio).run();
    return 0;
  },
};
