/** sendmail(1), the drop-in: its description, and its configuration; what it does is in sendmail-run.ts. */
import type {Stdio, Tool} from '../core/base/tool.ts';
import {openToolConfig} from './open-config.ts';
import {runSendmail} from './sendmail-run.ts';

export const sendmail: Tool = {
  name: 'sendmail',
  summary: 'submit mail, or control the mail system by the names sendmail has always had',
  usage: ['[option ...] [recipient ...]'],
  options: [
    {flag: '-t', text: 'Take the recipients from the message header (To, Cc, Bcc, or their Resent- forms).'},
    {flag: '-f ADDRESS', text: 'The envelope sender; empty for none. -r is the same.'},
    {flag: '-F NAME', text: 'The full name of the sender, for a From: header that has to be made.'},
    {flag: '-i', text: 'A line with a single dot does not end the message. -oi is the same.'},
    {flag: '-B TYPE', text: 'The body is 7BIT or 8BITMIME.'},
    {flag: '-N WORDS', text: 'Delivery status notifications wanted: never, or any of delay, failure, success.'},
    {flag: '-R TYPE', text: 'A notification returns the message in full or its header (hdrs).'},
    {flag: '-V ID', text: 'The envelope id that notifications show.'},
    {flag: '-XV[XY]', text: 'Variable envelope return paths (VERP), with the two delimiters X and Y.'},
    {flag: '-G', text: 'The message comes from elsewhere: its header is left as it is.'},
    {flag: '-v', text: 'Mail a report of the delivery to the sender.'},
    {flag: '-bv', text: 'Deliver nothing; mail a report of what would happen.'},
    {flag: '-bm', text: 'Deliver mail (the default).'},
    {flag: '-bs', text: 'Speak SMTP on standard input and output.'},
    {flag: '-bp', text: 'List the mail queue, as mailq(1).'},
    {flag: '-bi', text: 'Rebuild the alias database, as newaliases(1). -I is the same.'},
    {flag: '-bd', text: 'Start the mail system, as postfix(1) start. -bl is the same.'},
    {flag: '-q', text: 'Deliver the queued mail now, as postqueue(1) -f.'},
    {flag: '-qRSITE', text: 'Deliver the mail queued for a site now, as postqueue(1) -s.'},
    {flag: '-qIID', text: 'Deliver one queued message now, as postqueue(1) -i.'},
    {flag: '-C FILE', text: 'Another main.cf, or its directory.'},
    {flag: '-oAMAP', text: 'Another alias database for -bi.'},
    {flag: '-A -L -O -U -c -e -h -m -o -p -x ...', text: 'Accepted and ignored, as ever.'},
  ],
  description: [
    'The exit status is 0 when the message is safely queued, whether or not the mail system runs; 75 when it is not.',
    'With posthorn_sendmail_delivers, and no mail system running, the queue is worked off before the command ends.',
  ],
  main,
};

function main(argv: readonly string[], stdio: Stdio): Promise<number> {
  return runSendmail(argv, stdio, directory => openToolConfig(directory, stdio.env));
}
