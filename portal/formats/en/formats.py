"""Dates and times as our pages write them, where Django formats by itself: lists and fields of the staff side."""

DATE_FORMAT = "M j, Y"
DATETIME_FORMAT = "M j, Y, g:i a"
TIME_FORMAT = "g:i a"
