package app

import (
	"context"
	"fmt"
	"slices"
	"syscall"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/registry"
)

// The disk is sampled hourly, and its trend judged over the last days.
const (
	diskEvery  = time.Hour
	diskKept   = 14 * 24 * time.Hour
	diskLeast  = 24 * time.Hour // of samples, before there is a trend
	dayOfTrend = 24 * time.Hour
)

// diskWarnings are the days ahead at which the office is told, once each; a warning
// is over when there are half as many days more.
var diskWarnings = [...]int{14, 3} //nolint:gochecknoglobals // a constant list

// SeriesFloor is the free disk, in bytes, below which our own InfluxDB is given nothing
// more: what is left is for new readings. journal.reserve is where those stop too, and
// the rest keeps SQL and the broker alive.
func SeriesFloor(reserve int64) int64 { return reserve + min(reserve, 512<<20) }

func (a *App) seriesFloor() int64 { return SeriesFloor(int64(a.cfg.Journal.Reserve)) }

// freeDisk is the free space on the disk of a folder, in bytes.
func freeDisk(dir string) (int64, error) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return 0, fmt.Errorf("free disk of %s: %w", dir, err)
	}
	return int64(fs.Bavail) * int64(fs.Bsize), nil //nolint:unconvert // a uint32 on macOS
}

// roomForSeries is what series asks before each write to our own InfluxDB.
func (a *App) roomForSeries() error {
	free, err := freeDisk(a.folder.Path)
	if err == nil && free < a.seriesFloor() {
		return fmt.Errorf("磁盘将满 the disk of %s has %d MB free: below %d MB InfluxDB is given nothing, so that new readings have a place; free some, or lower journal.reserve",
			a.folder.Path, free>>20, a.seriesFloor()>>20)
	}
	return nil // a disk that cannot be asked is found out by writing
}

// watchDisk takes a sample and tells the office where its trend leads.
func (a *App) watchDisk(ctx context.Context) error {
	free, err := freeDisk(a.folder.Path)
	if err != nil {
		return err
	}
	now := device.MillisOf(a.clock.Now())
	if err := a.rooms.registry.SampleDisk(ctx, registry.FreeDisk{At: now, Free: free}, now.Add(-diskKept)); err != nil {
		return err
	}
	samples, err := a.rooms.registry.DiskSamples(ctx)
	if err != nil {
		return err
	}
	return warnOfDisk(ctx, a.rooms.registry, samples, a.seriesFloor(), now)
}

// warnOfDisk tells of each number of days that the trend comes within.
func warnOfDisk(ctx context.Context, db *registry.DB, samples []registry.FreeDisk, floor int64, now device.Millis) error {
	left, falling := diskLasts(samples, floor)
	for _, days := range diskWarnings {
		key := fmt.Sprintf("disk/%d", days)
		limit := time.Duration(days) * dayOfTrend
		switch {
		case falling && left <= limit:
			in := int(left / dayOfTrend)
			chinese := fmt.Sprintf("按最近几天的趋势，磁盘约 %d 天后写满，请清理或扩容", in)
			english := fmt.Sprintf("by the trend of the last days the disk is full in about %d days: free some space, or add a disk", in)
			if left == 0 {
				chinese = "磁盘已到下限，暂停向 InfluxDB 写入，请立即清理或扩容"
				english = "the disk is full up to what is kept for new readings, and InfluxDB is given nothing more: free some space now, or add a disk"
			}
			if _, err := db.RaiseSystem(ctx, registry.SystemNotice{
				Key: key, Kind: "disk", At: now, Chinese: chinese, English: english,
			}); err != nil {
				return err
			}
		case !falling || left > limit*3/2:
			if err := db.EndSystem(ctx, key, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// diskLasts is how long the free disk lasts until floor by the trend of the samples:
// the median of the slopes between every two (Theil 1950, Sen 1968), which a
// compaction or a deleted file does not bend. It says false where it does not fall.
func diskLasts(samples []registry.FreeDisk, floor int64) (time.Duration, bool) {
	n := len(samples)
	if n == 0 {
		return 0, false
	}
	last := samples[n-1]
	if last.Free <= floor {
		return 0, true
	}
	if last.At.Sub(samples[0].At) < diskLeast {
		return 0, false
	}
	slopes := make([]float64, 0, n*(n-1)/2) // bytes a millisecond
	for i := range samples {
		for j := i + 1; j < n; j++ {
			slopes = append(slopes, float64(samples[j].Free-samples[i].Free)/float64(samples[j].At-samples[i].At))
		}
	}
	slices.Sort(slopes)
	slope := slopes[len(slopes)/2]
	if slope >= 0 {
		return 0, false
	}
	const farthest = 10 * 365 * 24 * time.Hour
	ms := float64(last.Free-floor) / -slope
	if ms > float64(farthest.Milliseconds()) {
		return farthest, true
	}
	return time.Duration(ms) * time.Millisecond, true
}
