# Draws what cached_generation measured: gnuplot -c plot.gp RESULTS_FOLDER OUT.png
set datafile separator comma
set key autotitle columnhead  # else stats counts the line of names, too
folder = ARG1
without = folder."/without_cache.csv"
with = folder."/with_cache.csv"

stats without using "latency_ms" name "A" nooutput
stats with using "latency_ms" name "B" nooutput
stats with using (strcol("source") eq "generated" ? 0 : 1) name "H" nooutput
stats without using "caller" name "C" nooutput

set terminal pngcairo size 1400,640 font "DejaVu Sans,12" linewidth 1.5
set output ARG2
set multiplot layout 1,2 margins 0.068,0.985,0.11,0.85 spacing 0.095 title sprintf( \
  "A language model with and without polystore's response cache\n\{/=12 %d requests by %d callers: hit rate %.1f %%, mean latency %.0f ms instead of %.0f ms (%.1f %% lower)\}", \
  A_records, C_max + 1, 100 * H_mean, B_mean, A_mean, 100 * (1 - B_mean / A_mean)) font ",16"

set grid xtics ytics linecolor "#dddddd" linetype 1
set border 3
set tics nomirror out
set style line 1 linecolor "#b2182b" linewidth 2 pointtype 7 pointsize 0.6
set style line 2 linecolor "#2166ac" linewidth 2 pointtype 7 pointsize 0.6

set logscale x
set format x "%g"
set xlabel "latency of a whole answer, ms (log scale)"
set ylabel "requests answered within that time, %"
set yrange [0:102]
set title "Distribution"
set key top left opaque box linecolor "#dddddd"
plot without using "latency_ms":(100.0 / A_records) smooth cumulative with steps linestyle 1 title "without cache", \
     with using "latency_ms":(100.0 / B_records) smooth cumulative with steps linestyle 2 title "with cache"

unset logscale x
set format x "%g"
set logscale y
set format y "%g"
set yrange [*:*]
set xrange [0:A_records]
set xlabel "request, in the order of the trace"
set ylabel "latency of a whole answer, ms (log scale)"
set title "Request by request"
set key center right
plot without using "request":"latency_ms" with points linestyle 1 title "without cache", \
     with using "request":"latency_ms" with points linestyle 2 title "with cache"
unset multiplot
