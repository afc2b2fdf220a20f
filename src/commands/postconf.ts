/**
 * postconf(1): shows and edits main.cf and master.cf. Warnings go to standard error and change nothing of the exit
 * status.
 */
import type {Output, Stdio, Tool} from '../core/base/tool.ts';
import {readOptions, type PostconfOptions} from './postconf-options.ts';

export const postconf: Tool = {
  name: 'postconf',
  summary: 'show and edit the configuration',
  usage: [
    '[-dfhHjnopvx] [-c DIR] [-C CLASS,...] [NAME ...]',
    '[-epv] [-c DIR] NAME=VALUE ...',
    '-# | -X [-pv] [-c DIR] NAME ...',
    '-M [-fjovx] [-c DIR] [SERVICE[/TYPE] ...]',
    '-M [-ev] [-c DIR] SERVICE/TYPE=VALUE ...',
    '-M# | -MX [-v] [-c DIR] SERVICE/TYPE ...',
    '-F [-fhHjovx] [-c DIR] [SERVICE[/TYPE[/FIELD]] ...]',
    '-F [-ev] [-c DIR] SERVICE/TYPE/FIELD=VALUE ...',
    '-P [-fhHjovx] [-c DIR] [SERVICE[/TYPE[/NAME]] ...]',
    '-P [-ev] [-c DIR] SERVICE/TYPE/NAME=VALUE ...',
    '-PX [-v] [-c DIR] SERVICE/TYPE/NAME ...',
    '-b | -t [-v] [-c DIR] [FILE]',
    '-a | -A | -l | -m | -T MODE [-v] [-c DIR]',
  ],
  options: [
    {flag: '-a', text: 'List the types of SASL server plug-ins.'},
    {flag: '-A', text: 'List the types of SASL client plug-ins.'},
    {flag: '-b', text: 'Show the texts of delivery notices, with $name expanded.'},
    {flag: '-c DIR', text: 'The configuration directory.'},
    {
      flag: '-C CLASS,...',
      text: 'Only parameters of these classes: builtin, service, user, all, and posthorn for those that Postfix has not.',
    },
    {flag: '-d', text: 'Defaults instead of what is set.'},
    {flag: '-e', text: 'Edit: set what is named. It is assumed when the first operand has a value.'},
    {flag: '-f', text: 'Fold long lines.'},
    {
      flag: '-F',
      text: 'The fields of services in master.cf: service, type, private, unprivileged, chroot, wakeup, process_limit, command.',
    },
    {flag: '-h', text: 'Values without their names.'},
    {flag: '-H', text: 'Names without their values.'},
    {flag: '-j', text: 'One JSON object a line: name and value, or the fields of a service.'},
    {flag: '-l', text: 'List the mailbox locking methods.'},
    {flag: '-m', text: 'List the look-up table types.'},
    {flag: '-M', text: 'Services of master.cf.'},
    {flag: '-n', text: 'Only what main.cf sets.'},
    {flag: '-o NAME=VALUE', text: 'Set a parameter for this call.'},
    {flag: '-p', text: 'Parameters of main.cf: the default.'},
    {flag: '-P', text: 'Parameters that services in master.cf set with -o.'},
    {flag: '-t', text: 'Show the templates of delivery notices.'},
    {flag: '-T MODE', text: 'About TLS: compile-version, run-version or public-key-algorithms.'},
    {flag: '-v', text: 'Accepted and ignored.'},
    {flag: '-x', text: 'Expand $name in values.'},
    {flag: '-X', text: 'Edit: remove what is named.'},
    {flag: '-#', text: 'Edit: turn what is named into comments.'},
  ],
  description: [
    'A name that is not known is a warning, and so is a parameter that main.cf sets and nothing uses. In requests for services, * stands for any name or type.',
    'An edit replaces the file by a whole new one; comments and the order of lines stay.',
  ],
  async main(argv, stdio) {
    const options = readOptions(argv, stdio.stderr);
    const warn = warner(stdio.stderr);
    if (options.edit !== undefined) return (await import('./postconf-edit.ts')).edit(options, stdio, warn);
    switch (options.subject) {
      case 'p':
        return (await import('./postconf-main.ts')).showParameters(options, stdio, warn);
      case 'M':
      case 'F':
      case 'P':
        return (await import('./postconf-master.ts')).showServices(options, stdio, warn);
      default:
        return showList(options, stdio, warn);
    }
  },
};

async function showList(options: PostconfOptions, stdio: Stdio, warn: (text: string) => void): Promise<number> {
  return (await import('./postconf-lists.ts')).showList(options, stdio, warn);
}

/** What can't be printed is shown as a question mark, as the original's log routines do. */
function warner(stderr: Output): (text: string) => void {
  return text => stderr.write(`postconf: warning: ${text.replace(/[^ -~]/g, '?')}\n`);
}
