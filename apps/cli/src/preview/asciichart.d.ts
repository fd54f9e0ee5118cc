declare module 'asciichart' {
  interface PlotOptions {
    readonly height?: number;
    readonly colors?: readonly string[];
    readonly format?: (value: number) => string;
  }
  const chart: {
    readonly blue: string;
    readonly darkgray: string;
    plot(series: readonly (readonly number[])[], options?: PlotOptions): string;
  };
  export default chart;
}
