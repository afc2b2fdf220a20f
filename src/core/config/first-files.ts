/** The files with which an instance of its own begins. They are the owner's from then on. */
import {userInfo} from 'node:os';

/** Path below the root, and content as a byte string. `root` is one too. */
export function firstFiles(root: string): readonly (readonly [string, string])[] {
  return [
    ['etc/aliases', aliases(ownerName())],
    ['etc/dovecot/users', USERS],
    ['etc/dovecot/dovecot.conf', dovecotConf(root)],
    ['etc/postfix/master.cf', MASTER_CF],
    ['etc/postfix/main.cf', MAIN_CF], // last: an instance with a main.cf is complete
  ];
}

function ownerName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'root'; // a user id without a name
  }
}

const MAIN_CF = `# The mail system's parameters: postconf(5) says what there are, "postconf -e name=value" sets one.
# Whatever is not set here has the default that "postconf -d" shows; the log is var/log/mail.log.
compatibility_level = 3.6

# Only this machine is listened to, until this says otherwise.
inet_interfaces = loopback-only

# Clients and servers may encrypt. The certificate is one that the instance makes for itself (etc/ssl), until
# smtpd_tls_chain_files names a better one.
smtpd_tls_security_level = may
smtp_tls_security_level = may
`;

const MASTER_CF = `# The services of the mail system: master(5) says what the columns mean.
# The ports are ones that need no privilege: 2525 for 25 (SMTP), 2587 for 587 (submission), 2465 for 465 (submissions).
# Who submits mail logs in: the accounts are those of etc/dovecot/users.
#
# service  type  private unpriv  chroot  wakeup  maxproc command + args
2525       inet  n       -       n       -       -       smtpd
2587       inet  n       -       n       -       -       smtpd
  -o syslog_name=postfix/submission
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
2465       inet  n       -       n       -       -       smtpd
  -o syslog_name=postfix/submissions
  -o smtpd_tls_wrappermode=yes
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
pickup     unix  n       -       n       60      1       pickup
cleanup    unix  n       -       n       -       0       cleanup
qmgr       unix  n       -       n       300     1       qmgr
rewrite    unix  -       -       n       -       -       trivial-rewrite
bounce     unix  -       -       n       -       0       bounce
defer      unix  -       -       n       -       0       bounce
trace      unix  -       -       n       -       0       bounce
verify     unix  -       -       n       -       1       verify
flush      unix  n       -       n       1000?   0       flush
smtp       unix  -       -       n       -       -       smtp
relay      unix  -       -       n       -       -       smtp
  -o syslog_name=postfix/$service_name
showq      unix  n       -       n       -       -       showq
error      unix  -       -       n       -       -       error
retry      unix  -       -       n       -       -       error
discard    unix  -       -       n       -       -       discard
local      unix  -       n       n       -       -       local
virtual    unix  -       n       n       -       -       virtual
lmtp       unix  -       -       n       -       -       lmtp
`;

/** The owner gets what is for the people who are named by their duty (RFC 2142). */
function aliases(owner: string): string {
  const root = owner === 'root' ? '' : `root:          ${owner}\n`;
  return `# Other names for mailboxes here: aliases(5). After a change run "newaliases".
MAILER-DAEMON: postmaster
postmaster:    ${owner}
${root}`;
}

const USERS = `# Accounts of this instance, besides its owner: user:{SCHEME}password:uid:gid:gecos:home:shell:extra
`;

/** Ports that need no privilege, on this machine only, as in main.cf; mail where local(8) delivers it. */
function dovecotConf(root: string): string {
  return `# Mail access: "doveconf" shows what is in force, "doveconf -n" what this file changes.
# The ports are ones that need no privilege: 2143 for 143 (IMAP), 2993 for 993 (IMAPS), 2110 for 110 (POP3),
# 2995 for 995 (POP3S); LMTP is a socket in base_dir.
protocols = imap pop3 lmtp
base_dir = ${root}/run/dovecot

# Only this machine is listened to, until this says otherwise ("*, ::" is everybody).
listen = 127.0.0.1, ::1

# New mail arrives in var/mail; other mailboxes are below the user's home.
mail_location = mbox:~/mail:INBOX=${root}/var/mail/%u
namespace inbox {
  inbox = yes
  mailbox Drafts {
    special_use = \\Drafts
  }
  mailbox Junk {
    special_use = \\Junk
  }
  mailbox Sent {
    special_use = \\Sent
  }
  mailbox Trash {
    special_use = \\Trash
  }
}

# Who may log in: the accounts of the file users, beside this one; "doveadm pw" makes passwords.
passdb {
  driver = passwd-file
  args = ${root}/etc/dovecot/users
}
userdb {
  driver = passwd-file
  args = ${root}/etc/dovecot/users
  default_fields = home=${root}/home/%u
}
mail_uid = ${process.getuid?.() ?? 0}
mail_gid = ${process.getgid?.() ?? 0}

# The certificate is one that the instance makes for itself.
ssl = yes
ssl_cert = <../ssl/posthorn.crt
ssl_key = <../ssl/posthorn.key

service imap-login {
  inet_listener imap {
    port = 2143
  }
  inet_listener imaps {
    port = 2993
  }
}
service pop3-login {
  inet_listener pop3 {
    port = 2110
  }
  inet_listener pop3s {
    port = 2995
  }
}
service lmtp {
  unix_listener lmtp {
    mode = 0600
  }
}
`;
}
