const minutes = (value: number) => (Math.abs(value) < 10 ? value.toFixed(1) : value.toFixed(0));
const between = (low: number, high: number) => {
  const [least, most] = [Math.abs(low), Math.abs(high)].sort((one, other) => one - other);
  return `${minutes(least ?? 0)}–${minutes(most ?? 0)}`;
};
type Difference = (mean: number, low: number, high: number) => string;

/** The words of the page that plays a change of a clinic. */
export const whatIf = {
  title: '如果这样做',
  oneMore: '如果多来一位医生？',
  what: '从此刻起，把一个门诊未来四小时按现状和按您的改动各推演 1000 次。推演不会改动任何实际安排。',
  clinic: '门诊',
  nowThere: (doctors: number, waiting: number) =>
    `现在：${String(doctors)} 位医生出诊，${String(waiting)} 人候诊`,
  levers: '要改动的',
  lever: { doctors: '出诊医生', minutes: '全体出诊时间', demand: '来诊人数' },
  value: {
    doctors: (value: number) =>
      value === 0 ? '不变' : value > 0 ? `增加 ${String(value)} 位` : `减少 ${String(-value)} 位`,
    minutes: (value: number) =>
      value === 0 ? '不变' : value > 0 ? `延长 ${String(value)} 分钟` : `缩短 ${String(-value)} 分钟`,
    demand: (value: number) => `${String(value)}%`,
  },
  less: (name: string) => `${name}：减`,
  more: (name: string) => `${name}：加`,
  ask: '开始推演',
  playing: '正在把四小时推演 1000 次；久未使用时第一次需要几秒钟……',
  result: '推演结果',
  said: (one: number, other: number) => `平均候诊 ${minutes(other)} 分钟，现状为 ${minutes(one)} 分钟。`,
  figure: '未来四小时',
  both: '现状与改动后',
  differs: '平均差别（95% 区间）',
  asIs: '现状',
  changed: '改动后',
  figures: {
    wait: '候诊（分钟）',
    overtime: '全体医生加班（分钟）',
    idle: '全体医生空闲（分钟）',
    people: '要看的人数',
  },
  figureOf: (mean: number, low: number, high: number) =>
    `${minutes(mean)}（${minutes(low)}–${minutes(high)}）`,
  difference: {
    wait: (mean, low, high) =>
      `${mean < 0 ? '缩短' : '延长'} ${minutes(Math.abs(mean))} 分钟（${between(low, high)}）`,
    overtime: (mean, low, high) =>
      `${mean < 0 ? '减少' : '增加'} ${minutes(Math.abs(mean))} 分钟（${between(low, high)}）`,
    idle: (mean, low, high) =>
      `${mean < 0 ? '减少' : '增加'} ${minutes(Math.abs(mean))} 分钟（${between(low, high)}）`,
    people: (mean, low, high) =>
      `${mean < 0 ? '减少' : '增加'} ${minutes(Math.abs(mean))} 人（${between(low, high)}）`,
  } as Record<'wait' | 'overtime' | 'idle' | 'people', Difference>,
  same: '与偶然波动分不出差别',
  howToRead: (plays: number) =>
    `横条为 ${String(plays)} 次推演的平均，细线含其中八成。两种情形用同样的随机数推演，因此差别比各自更准。`,
  doctorHours: (one: number, other: number) =>
    `四小时内的医生工时：现状 ${one.toFixed(1)} 小时，改动后 ${other.toFixed(1)} 小时。`,
  moved: (count: number) => `${String(count)} 个预约落在改动后的出诊时间之外，需要改期；推演中未计入`,
  emptyTitle: '现在没有门诊开诊',
  emptyWhat: '有人签到或有医生出诊后，即可在此从实况推演。',
};
