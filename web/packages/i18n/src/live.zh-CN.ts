export const live = {
  live: {
    connected: '实时',
    connectedWhat: '数据实时更新',
    connecting: '连接中',
    lost: (since: string) => `与服务器的连接在 ${since} 中断`,
    lostShort: '已断开',
    stillWorks: '屏幕上的内容可以继续查看，但可能不是最新；恢复后会自动补齐，无需刷新。',
    back: '连接已恢复，数据已补齐',
    news: (count: number) => `${String(count)} 项更新`,
    noNews: '暂无更新',
    asOf: (time: string) => `截至 ${time}`,
  },
};
