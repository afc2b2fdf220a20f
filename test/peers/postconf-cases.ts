/** What postconf is asked beside the original: main.cf, master.cf, arguments. */
import {existsSync, readFileSync} from 'node:fs';

export interface Case {
  readonly args: readonly string[];
  readonly main?: string | null;
  readonly master?: string | null;
}

/** The master.cf that comes with the original. */
const STOCK_FILE = '/usr/share/postfix/master.cf.dist';
const STOCK = existsSync(STOCK_FILE) ? readFileSync(STOCK_FILE, 'latin1') : '';

const MAIN = `# head
mydomain = example.org
myhostname = mail.example.org
mydestination = aaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.com, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.example.com,
  ccccccccccccc.example.com,

# inner
	dddd
mydomain = example.net
foo = $bar
bar = 1
baz = 2
relayhost = [$foo]:\${nosuch?25}
process_id = 7
smtpd_restriction_classes = one, two
one = permit
local_destination_recipient_limit = 7
virtual_maps = hash:/x
alias_maps = ldap:la, hash:/etc/aliases
la_server_host = ldap.example.com
la_nothing = 1
forward_path = $home/$zz
`;

const MASTER = `# comment
smtp inet n - n - - smtpd
  -o a=b -v -D
  -o { smtpd_relay_restrictions = permit, reject  }
  -o long_name_parameter_one=$mydomain,xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx -ofoo=$undefd
# inner
  -o mynetworks={ 1.2.3.4/5 }
x:y unix - n n - 2 pipe flags=R user=me argv=/bin/foo -x -o a=b { a b c } $nexthop \${user} aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
a-b_c  unix  -  n n  10? 2  spawn -o debug=1
127.0.0.1:25 inet n - n - - smtpd -o { a = b c }
f fifo n - n - - qmgr
pass pass n - n - - smtpd
local unix - n n - - local -vvo x=y
smtp unix - - n - - smtp -o smtp_bind_address=$rr -o rr=5
`;

const EDITED = `# head
a = 1
  two
# in
  three
b=2
a = 3
 # indented comment
c = 4
`;
const EDITED_MASTER = `smtp inet n - n - - smtpd
  -o a=b
# in
  -o c=d
# c
  # x
smtp unix - - n - - smtp
x unix - n n - - pipe flags=R argv=/x $y
`;

function show(main: string, master: string, ...lines: string[]): Case[] {
  return lines.map(line => ({args: line === '' ? [] : line.split(' '), main, master}));
}

const EXPRESSIONS = [
  '${foo',
  '$',
  '$-x',
  'a$',
  '$ x',
  '${}',
  '$()',
  '$(myd',
  '$relayhost',
  '${{a}=={b}',
  '${{a} b {b}?x:y}',
  '${{3.6}<level{x}?{a}:{b}}',
  '${a x}',
  '${{a}=={b}?x:y}',
  '${a?{b}c}',
  '${a?{b}:c}',
  '${{2}<{10}?{y}:{n}} ${{a}<{B}?{y}:{n}} ${ {1} != {1.0} ? {y} : {n} } ${mydomain?y} ${mydomain:n} ${mydomain?{y} : {n} } x',
  '${{$foo}}',
  '${{a}==b?c}',
  '${my-hostxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx}',
  '$(mydomain?x)',
  '${mydomain?$(myhostname)',
  '$mydomain.$',
  '${{a} == b?{c}}',
  '${{a} ==}',
  '${{a}=={b} x}',
  '${{a}=={a}?{x}:{y} z}',
  '${mydomain:{x}:{y}}',
  '${mydomain?{x}?{y}}',
  '${nosuch:{$p}q}',
  '$a ${b?{x}:{$c}z} $d',
  '${{$m}=={$o}?{$p}:{$q}z}',
  '${{$m}==$o}',
  '${{$m}=={$o} x}',
  '${{3.6}<level{3.10}?{a}:{b}} ${{3}<=level{3.0.0}?{a}:{b}}',
  '${{a}===b}',
  '${{1} <levelx {2}}',
  '${{a{b}c}=={a{b}c}?{ok}}',
  '$$mydomain $$$mydomain ${mydomain?$$} $1 $_x $mydomain-x $mydomain(x)',
  '${{1}=={01}?{a}:{b}} ${{-1}<{1}?{a}:{b}} ${{ 1 }=={1}?{a}:{b}}',
  '${{${mydomain?{ x }}} == { x }?{same}:{diff}}${mydomain? x }${nosuch: y}',
  '{ $mydomain }',
];

const BROKEN = [
  'a',
  '=b',
  '  x=y\nb=c',
  'a b = c',
  'a = b\n  = c',
  '#x\n  y = z',
  'relayhost = b\n# c\n\n  d\n',
  ' \n  x',
  'a=b\\\nc',
  'relayhost\t=\tb',
  '\x0bx=1',
  'relayhost =1 #c',
  'relayhost=b\r',
  'a.b=c',
  'relayhost=\xe9',
  'relayhost=b\nmyorigin',
  'rel\0ayhost=x',
  'config_directory = /x\nmail_version = 1\nprocess_name = z\nservice_name=q',
  'smtpd_restriction_classes = cls1, cls2 $cls4\ncls4 = x',
  'foo=$zz\nzz=1\nsmtp_fallback_relay=x\nfallback_relay=y\nuu=$uu\nforward_path=$xx\nxx=1',
  'transport_maps=pipemap:{ldap:lb,ldap:lc}\nlb_bind=1\nlc_bind=2\nalias_maps=proxy:pgsql:pg, sqlite:sq, memcache:mc\npg_hosts=1\nsq_dbpath=2\nmc_ttl=3\npg_x=4',
  'mydomain = a.b\nmydomain=c.d\nmydomain=e.f',
  'message_size_limit = x\nqueue_run_delay = 3q\nsoft_bounce = maybe',
];
const BROKEN_MASTER = [
  'a',
  'a unix',
  '  a unix - - n - - x',
  'a unix - - n - - smtp {',
  'a unix - - n - - smtp { a b',
  'a unix - - n - - smtp -o { a b }',
  'a unix - - n - - smtp -o { = b }',
  'a unix - - n - - smtp -o {a = b}c',
  'a unix - - n - - smtp -o',
  'a unix - - n - - smtp -o x',
  'a unix - - n - - pipe { } {}',
  'a unix q - n - - smtp',
  'a unix - q n - - smtp',
  'a unix - - q - - smtp',
  'a unix - - n q - smtp',
  'a unix - - n 10?? - smtp',
  'a unix - - n - q smtp',
  'a unix - - n - -1 smtp',
  'a UNIX - - n - - smtp',
  'a unix - - n - - smtp -v -- -o a=b',
  'a unix - - n - - pipe flags=R { argv = x y }',
  '{a} unix - - n - - {smtp}',
  'a/b unix - - n - - smtp',
  'a unix - - n - - smtp\na unix - - n - - smtp -v',
  'a unix - - n - - smtp -o a={ b c } -o b=$(x y)',
  'a unix - - n - - smtp -o {a=}',
  'a unix - - n - - smtp -o "a=b c"',
  'a unix Y - n - - smtp',
  'a\tunix\t-\t-\tn\t0?\t0\tsmtp',
  'a unix - - n - - pipe -v flags=R argv=/x',
  'a unix - - n - - smtp -v\nqmgr unix - - n - - qmgr x',
  'a unix - - n - - smtp -oa=b -vDc -co',
  'a unix - - n - - smtp -o a=b {c d} {e f}',
  'a unix - - n - - smtp -v {-D x} y',
];

function edit(...lines: (string | string[])[]): Case[] {
  return lines.map(line => ({
    args: typeof line === 'string' ? line.split(' ') : line,
    main: EDITED,
    master: EDITED_MASTER,
  }));
}

export const cases: Readonly<Record<string, readonly Case[]>> = {
  'an empty main.cf': show(
    '',
    STOCK,
    '',
    '-n',
    '-d',
    '-f',
    '-df',
    '-h',
    '-H',
    '-x',
    '-dx',
    '-C service',
    '-C builtin -d',
    '-C user',
    '-C all -H',
  ),
  'without services': show('', '', '-d', '-C service -d', 'local_destination_recipient_limit'),
  'a full main.cf': show(
    MAIN,
    STOCK,
    '',
    '-n',
    '-nf',
    '-nx',
    '-nxf',
    '-nh',
    '-nH',
    '-nfh',
    '-d foo',
    '-x',
    '-C user',
    '-C user,service -n',
    '-C service,builtin',
    '-o mydomain=x.y -nx',
    '-o zz=1 -n',
  ),
  'single names': show(
    MAIN,
    STOCK,
    'mydomain',
    'mydomain myhostname',
    '-h mydomain',
    '-hx relayhost',
    'foo',
    'baz',
    'nosuch',
    '-n relayhost myorigin',
    '-d mydomain myhostname',
    '-x mydestination myorigin',
    '-f mydestination',
    'smtp_destination_recipient_limit',
    'config_directory',
    '-d config_directory',
    'process_name',
    'forward_path -x',
    '-x forward_path',
    '-H mydomain nosuch',
    'maildrop_time_limit',
  ),
  expressions: EXPRESSIONS.map(text => ({args: ['-nx'], main: `relayhost = ${text}\n`, master: STOCK})),
  'unused expressions': EXPRESSIONS.slice(0, 6).map(text => ({args: ['-n'], main: `a = ${text}\n`, master: STOCK})),
  'odd main.cf files': BROKEN.flatMap(main => [{args: ['-n'], main, master: STOCK}]),
  'odd master.cf files': BROKEN_MASTER.flatMap(master =>
    ['-M', '-P', '-Mf', '-F'].map(args => ({args: [args], master})),
  ),
  services: show(
    MAIN,
    MASTER,
    '-M',
    '-Mf',
    '-Mx',
    '-Mxf',
    '-M smtp',
    '-M smtp/unix smtp/inet',
    '-M x:y f zz zz/unix',
    '-M */fifo',
    '-M *',
    '-M l*',
    '-M /x',
    '-M a/b/c',
    '-M smtp/',
    '-M smtp/inet smtp',
  ),
  fields: show(
    MAIN,
    MASTER,
    '-F',
    '-Ff',
    '-Fh',
    '-FH',
    '-Ffh',
    '-Fx',
    '-F smtp',
    '-Ff x:y',
    '-F */*/command',
    '-F smtp/inet/type smtp/*/private',
    '-F smtp/inet/nosuch',
    '-F zz',
    '-F a/b/c/d',
    '-Fhf smtp/inet/command',
  ),
  'parameters of services': show(
    MAIN,
    MASTER,
    '-P',
    '-Pf',
    '-Ph',
    '-PH',
    '-Px',
    '-P smtp',
    '-P */*/a',
    '-P smtp/inet/zz',
    '-P smtp/inet/a smtp/unix',
    '-P local/unix/x/y',
    '-Pfh smtp/inet',
  ),
  'stock services': show('', STOCK, '-M', '-Mf', '-F', '-Ff', '-P'),
  'templates of delivery notices': [
    ['-t'],
    ['-b'],
    ['-t', ''],
    ['-b', '/nosuch'],
    ['-t', '/nosuch'],
    ['-t', 'a', 'b'],
    ['-b', 'a', 'b'],
  ].flatMap(args => [
    {args, main: 'myhostname = a.example.com\n', master: STOCK},
    {args, main: 'delay_warning_time = 4h\nbounce_template_file = /nosuch\n', master: STOCK},
    {args, main: 'delay_warning_time = 5m\nmaximal_queue_lifetime = 2h\n', master: STOCK},
    {args, main: 'message_size_limit = x\n', master: STOCK},
    {args, main: 'delay_warning_time = x\n', master: STOCK},
  ]),
  'edits of main.cf': edit(
    'a=9',
    ['-e', 'b=  x   y  '],
    'new=',
    ['-e', 'q = $b'],
    '-X a',
    '-X a b',
    '-X zz',
    '-# a',
    '-# a c zz',
    '-e a',
    ['-e', '=x'],
    'a b=c',
    ['-e', 'a=x\ny'],
    '-X a=b',
    '-# a=b',
    ['a b=c'],
    ['-e', '#a=b'],
    ['-X', '#a'],
    '-e a=1 a=2',
    ['-e', ' a = b'],
    ['-X', ' a'],
    '-Xe a=b',
    '-ev a=1',
    '-pe a=1',
    '-pX a',
  ),
  'edits of odd main.cf files': [
    {args: ['b=2'], main: 'a=1'},
    {args: ['a=2'], main: 'a=1'},
    {args: ['b=2'], main: ''},
    {args: ['-X', 'a'], main: 'a = 1\r\n\r\n b\r\nc=1\r\n'},
    {args: ['c=2'], main: 'a\n =b\n c\nc\nc\t=1\n\n  x\n\n# y\n'},
    {args: ['-#', 'c'], main: 'c\n x\nc d=1\n  # y\n z\n'},
    {args: ['mydomain=x'], main: '  mydomain = y\nmydomain=z'},
    {args: ['a=2'], main: null},
    {args: ['-X', 'a'], main: null},
  ],
  'edits of services': edit(
    ['-M', 'smtp/inet=smtp inet n - y - - smtpd'],
    ['-M', 'smtp/inet = smtp inet n - y - - smtpd -o x=y -o {z = a b}'],
    ['-M', 'new/unix=new unix - - n - - smtp'],
    ['-M', '*/unix=new unix - - n - - smtp'],
    '-M# smtp/inet',
    '-MX smtp/unix',
    '-MX smtp',
    '-MX zz/unix',
    ['-M', 'smtp=smtp inet n'],
    ['-M', 'smtp/inet=smtp inet n'],
    ['-M', 'smtp/inet=smtp foo n - n - - smtpd'],
    ['-M', 'smtp/inet=other inet n - n - - smtpd'],
    '-MX */unix',
    '-M# x/*',
    '-M# smtp/inet zz/unix',
    '-Me',
    '-MX',
    '-Me smtp/inet',
    ['-MX', '#x'],
    '-MX smtp/inet=x',
  ),
  'edits of fields': edit(
    '-F smtp/inet/chroot=y',
    '-F */*/chroot=y',
    '-F smtp/inet/foo=y',
    '-F smtp/inet/chroot=q',
    ['-F', 'smtp/inet/command=smtpd -v'],
    '-F smtp/chroot=y',
    '-F zz/inet/chroot=y',
    '-F smtp/inet/service=foo',
    '-F smtp/inet/type=unix',
    '-F smtp/inet/chroot=y smtp/inet/private=y x/unix/wakeup=5',
    '-F smtp/inet/*=y',
    ['-F', 'smtp/inet/chroot='],
    ['-F', 'smtp/inet/service=a b'],
    ['-F', 'smtp/inet/wakeup='],
    '-F #smtp/inet/chroot=y',
  ),
  'edits of parameters of services': edit(
    '-P smtp/inet/a=z',
    '-P smtp/inet/n=z',
    ['-P', 'smtp/inet/n=a b'],
    '-PX smtp/inet/a',
    '-PX smtp/inet/zz',
    '-P */*/n=1',
    '-P x/unix/n=1',
    '-PX */*/a',
    '-P# smtp/inet/a',
    '-P smtp/inet=3',
    '-P smtp/inet/a=z smtp/inet/c=y smtp/inet/q=x',
    '-P smtp/inet/a=',
    '-PX smtp/inet/*',
    '-P zz/inet/a=1',
    '-PX zz/inet/a',
    '-P smtp/inet/*=4',
    '-P #smtp/inet/a=1',
  ),
  'edits of odd master.cf files': [
    {args: ['-F', 'a/unix/chroot=y'], master: 'a\n unix - - n - - smtp\n'},
    {args: ['-MX', 'a/unix'], master: ' x\na unix - - n - - smtp'},
    {args: ['-MX', 'a/unix'], master: null},
    {args: ['-F', 'a/unix/chroot=y'], master: 'b unix\na unix - - n - - smtp'},
    {args: ['-F', 'b/unix/chroot=y'], master: 'b unix\na unix - - n - - smtp'},
    {args: ['-M', 'c/unix=c unix - - n - - smtp'], master: 'a unix - - n - - smtp'},
  ],
  'options that exclude each other': show(
    '',
    STOCK,
    '-a -A',
    '-b -t',
    '-t -b',
    '-e -X',
    '-M -F',
    '-h -H',
    '-d -n',
    '-l -m',
    '-T x -m',
    '-M -h',
    '-m -n',
    '-e -d a=b',
    '-X -d a',
    '-# -n a',
    '-M -d',
    '-M -n',
    '-P -d',
    '-P -p',
    '-F -X a',
    '-T a -T b',
    '-l -f',
    '-m -x',
    '-e -f a=b',
    '-e -x a=b',
    '-e -H a=b',
    '-b -h',
    '-C x -e a=b',
    '-C user,x',
    '-C USER',
    '-p -M',
    '-o a',
    '-o',
    '-c',
    '-e',
    '-X',
    '-#',
    '-Z',
    '-M -h -H',
    '-M -hn',
    '-F -d -n',
    '-a -o a=b',
    '-mpF',
    '-xfe a=b',
    '-A -e',
    '-P -# a',
    '-M -H -d',
    '-l x',
    '-T',
    '-dn -hH',
    '-C',
    '-MPF',
    '-X# a',
  ),
  'files that are missing': [
    {args: ['mydomain'], main: null},
    {args: ['-d', 'mydomain'], main: null},
    {args: ['-M'], main: null},
    {args: ['-m'], main: null},
    {args: ['-l'], main: null},
    {args: ['-a'], main: null},
    {args: ['-T', 'x'], main: null},
    {args: ['mydomain'], master: null},
    {args: ['-d', 'mydomain'], master: null},
    {args: ['-M'], master: null},
  ],
  lists: show('', STOCK, '-a', '-A', '-l', '-T public-key-algorithms', '-T nosuch'),
};
