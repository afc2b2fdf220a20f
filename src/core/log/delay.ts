/**
 * Delays as the log shows them: two significant digits, never finer than 1/100 s, rounded half up, trailing zeros
 * dropped; negative is 0 (postconf(5) delay_logging_resolution_limit = 2).
 */
export function formatDelay(seconds: number): string {
  if (!(seconds >= 0.005)) return '0';
  const digits = seconds >= 9.95 ? 0 : seconds >= 0.995 ? 1 : 2;
  const scale = digits === 0 ? 1 : digits === 1 ? 10 : 100;
  const units = Math.floor(seconds * scale + 0.5);
  const whole = Math.floor(units / scale);
  const rest = units % scale;
  if (rest === 0) return String(whole);
  const fraction = String(rest).padStart(digits, '0').replace(/0$/, '');
  return `${whole}.${fraction}`;
}
