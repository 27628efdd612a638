package file

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
)

const (
	lookEvery  = 2 * time.Second  // for what others left, or what is to be tried again
	jobTime    = 10 * time.Minute // that a job may take
	jobLease   = jobTime + time.Minute
	firstRetry = 5 * time.Second
	lastRetry  = 5 * time.Minute
	maxRenders = 5 // attempts; whoever asks for the rendition then makes it, or hears why not
)

// job is a row of table file_jobs.
type job struct {
	FileID   uuid.UUID `gorm:"primaryKey"`
	Kind     string    `gorm:"primaryKey"`
	NextAt   time.Time
	Attempts int
}

// TableName is where jobs are stored.
func (job) TableName() string { return "file_jobs" }

// Jobs does what files wait for, one job at a time on each replica: they take memory and both cores.
type Jobs struct{ *Service }

// Run works until ctx is done. What is under way then is left to another replica, or to the next start.
func (j Jobs) Run(ctx context.Context) {
	for ctx.Err() == nil {
		worked, err := j.Step(ctx)
		if err != nil && ctx.Err() == nil && errs.KindOf(err) != errs.Unavailable {
			j.Log.ErrorContext(ctx, "work on files failed", "error", err.Error())
		}
		if worked && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-j.nudged:
		case <-time.After(lookEvery):
		}
	}
}

// Nudge says that a job may have become due just now.
func (s *Service) Nudge() {
	select {
	case s.nudged <- struct{}{}:
	default: // it is known already
	}
}

// Step does one job that is due, and tells whether there was one.
func (s *Service) Step(ctx context.Context) (worked bool, err error) {
	due, err := s.due(ctx)
	if err != nil || !due {
		return false, err
	}
	var mine *job
	err = s.DB.Write(ctx, func(tx *database.Tx) (err error) {
		mine, err = s.claim(tx)
		return err
	})
	if err != nil || mine == nil {
		return false, err
	}
	limited, cancel := context.WithTimeout(ctx, jobTime)
	defer cancel()
	failure := s.do(limited, mine)
	if ctx.Err() != nil {
		return true, context.Cause(ctx)
	}
	return true, s.DB.Write(ctx, func(tx *database.Tx) error { return s.conclude(tx, mine, failure) })
}

// kinds are those of the jobs that this replica can do.
func (s *Service) kinds() []string {
	if s.Scanner == nil {
		return []string{content.JobRender}
	}
	return []string{content.JobScan, content.JobRender}
}

// due looks without a lock, for mostly there is nothing.
func (s *Service) due(ctx context.Context) (due bool, err error) {
	err = s.DB.Read(ctx, func(tx *database.Tx) error {
		return tx.Raw("SELECT EXISTS (SELECT 1 FROM file_jobs WHERE next_at <= ? AND kind IN ?)", tx.Now, s.kinds()).Scan(&due).Error
	})
	return due, err
}

// claim takes the job that has waited longest, nil when others were quicker. Nobody else gets it before the lease ends.
func (s *Service) claim(tx *database.Tx) (*job, error) {
	var j job
	err := tx.LockFree().Where("next_at <= ? AND kind IN ?", tx.Now, s.kinds()).Order("next_at, file_id").Take(&j).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	if err == nil {
		j.NextAt, j.Attempts = tx.Now.Add(jobLease), j.Attempts+1
		err = tx.Save(&j).Error
	}
	if err != nil {
		return nil, fmt.Errorf("take a job: %w", err)
	}
	return &j, nil
}

func (s *Service) do(ctx context.Context, j *job) error {
	if j.Kind == content.JobScan {
		return s.scan(ctx, j.FileID)
	}
	return s.render(ctx, j.FileID)
}

// conclude removes a job that is done, and puts off one that failed. Who lost it meanwhile has no say.
func (s *Service) conclude(tx *database.Tx, j *job, failure error) error {
	mine := tx.Where("file_id = ? AND kind = ? AND attempts = ?", j.FileID, j.Kind, j.Attempts)
	gaveUp := failure != nil && j.Kind == content.JobRender && j.Attempts >= maxRenders
	if failure != nil {
		s.Log.WarnContext(tx.Statement.Context, "work on a file failed", "file", j.FileID.String(), "work", j.Kind,
			"attempt", j.Attempts, "given up", gaveUp, "error", failure.Error())
	}
	var err error
	if failure == nil || gaveUp {
		err = mine.Delete(&job{}).Error
	} else {
		err = mine.Model(&job{}).Update("next_at", tx.Now.Add(pause(j.Attempts))).Error
	}
	if err != nil {
		return fmt.Errorf("conclude a job: %w", err)
	}
	return nil
}

// pause is how long is waited after so many attempts.
func pause(attempts int) time.Duration {
	return min(lastRetry, firstRetry<<min(attempts-1, 10))
}
