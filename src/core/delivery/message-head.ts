/**
 * The lines that delivery puts on top of a message (local(8), virtual(8), pipe(8)): `From ` line, Return-Path,
 * X-Original-To, Delivered-To, always in this order. Addresses come in internal form and are quoted here.
 */
import {quoteAddress} from '../message/address-syntax.ts';

export interface HeadFields {
  readonly sender: string;
  /** With a `From sender  date` line (mbox(5)). */
  readonly fromLine?: boolean | undefined;
  readonly returnPath?: boolean | undefined;
  /** The recipient as submitted; '' when it is not known: no line then. */
  readonly originalTo?: string | undefined;
  readonly deliveredTo?: string | undefined;
  readonly seconds: number;
  readonly lineEnd?: string | undefined;
  /** Stands for the null sender in the From_ line (pipe(8) null_sender). */
  readonly nullSender?: string | undefined;
}

export function formatHead(fields: HeadFields): string {
  const end = fields.lineEnd ?? '\n';
  const sender = quoteAddress(fields.sender);
  let out = '';
  if (fields.fromLine === true)
    out += `From ${sender === '' ? (fields.nullSender ?? 'MAILER-DAEMON') : sender}  ${asctime(fields.seconds)}${end}`;
  if (fields.returnPath === true) out += `Return-Path: <${sender}>${end}`;
  if (fields.originalTo !== undefined && fields.originalTo !== '')
    out += `X-Original-To: ${quoteAddress(fields.originalTo)}${end}`;
  if (fields.deliveredTo !== undefined) out += `Delivered-To: ${quoteAddress(fields.deliveredTo)}${end}`;
  return out;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** asctime(3) without its newline, in local time: `Tue Nov 24 05:17:06 2026`. */
function asctime(seconds: number): string {
  const date = new Date(seconds * 1000);
  const day = String(date.getDate()).padStart(2);
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(n => String(n).padStart(2, '0')).join(':');
  return `${DAYS[date.getDay()]} ${MONTHS[date.getMonth()]} ${day} ${time} ${date.getFullYear()}`;
}
