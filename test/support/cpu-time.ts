/** Milliseconds of processor time this process has used: for tests of linear time that run beside other work. */
export function cpuMilliseconds(): number {
  const {user, system} = process.cpuUsage();
  return (user + system) / 1000;
}
