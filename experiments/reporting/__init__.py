"""Results for readers: texts, figures, HTML reports, exports."""
